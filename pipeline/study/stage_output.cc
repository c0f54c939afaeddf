#include "pipeline/study/stage_output.h"

#include <filesystem>
#include <utility>

namespace scorefem::study {

namespace fs = std::filesystem;

StageOutput::StageOutput(base::RunLog& log, Redo& redo, std::string stage, std::string file, Origin wanted)
    : log_(log),
      redo_(redo),
      stage_(std::move(stage)),
      file_(std::move(file)),
      wanted_(std::move(wanted)),
      state_(redo_.state(stage_, wanted_.inputs)) {}

StageOutput::StageOutput(const StageContext& context, std::string stage, std::string file, Origin wanted)
    : StageOutput(context.log, context.redo, std::move(stage), std::move(file), std::move(wanted)) {}

bool StageOutput::is_current(const std::function<Origin()>& made) const {
  if (!fs::exists(file_)) return false;
  const std::string name = fs::path(file_).filename().string();
  if (again()) {
    log_.info("redo", stage_ + ": " + name + " exists; made again as asked (--force)");
    return false;
  }
  const std::string reason = difference(made(), wanted_);
  if (reason.empty()) {
    log_.info("skip", stage_ + ": " + name + " is up to date, skipped");
    return true;
  }
  log_.info("redo", stage_ + ": " + name + " is made again, " + reason);
  return false;
}

void StageOutput::begin(const std::vector<std::string>& left_over) {
  if (!anew()) return;
  for (const std::string& path : left_over) fs::remove_all(path);
  redo_.begun(stage_, wanted_.inputs);
}

}  // namespace scorefem::study
