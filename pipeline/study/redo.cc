#include "pipeline/study/redo.h"

#include <filesystem>
#include <fstream>

#include "pipeline/base/atomic_file.h"
#include "pipeline/base/utf8_json.h"

namespace scorefem::study {

Redo::Redo(std::string path, std::string command, bool asked) : path_(std::move(path)), asked_(asked) {
  notes_ = {{"command", command}, {"stages", nlohmann::json::object()}};
  if (!asked_) return;
  std::ifstream file(path_);
  const nlohmann::json before = nlohmann::json::parse(file, nullptr, /*allow_exceptions=*/false);
  if (before.is_object() && before.value("command", "") == command && before.contains("stages"))
    notes_ = before;
}

Redo::State Redo::state(const std::string& stage, const std::string& inputs) const {
  if (!asked_) return State::not_asked;
  const nlohmann::json& stages = notes_.at("stages");
  if (!stages.contains(stage) ||
      base::utf8_json(stages.at(stage).value("inputs", nlohmann::json())) != base::utf8_json(inputs))
    return State::begin;
  return stages.at(stage).value("done", false) ? State::not_asked : State::go_on;
}

void Redo::begun(const std::string& stage, const std::string& inputs) {
  if (!asked_) return;
  notes_["stages"][stage] = {{"inputs", inputs}, {"done", false}};
  write();
}

void Redo::done(const std::string& stage) {
  if (!asked_ || !notes_.at("stages").contains(stage)) return;
  notes_["stages"][stage]["done"] = true;
  write();
}

void Redo::finish() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

void Redo::write() const {
  base::write_text_file(path_, base::utf8_json(notes_, 2) + "\n");
}

}  // namespace scorefem::study
