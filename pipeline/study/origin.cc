#include "pipeline/study/origin.h"

#include <cstdlib>
#include <sstream>

#include "pipeline/study/stage.h"

namespace scorefem::study {

std::map<std::string, std::string> Origin::texts() const {
  std::string lines;
  for (const auto& [name, fingerprint] : contents) lines += name + ": " + fingerprint + "\n";
  return {{"inputs", inputs}, {"result_version", std::to_string(version)}, {"contents", lines}};
}

Origin Origin::from_texts(const std::map<std::string, std::string>& texts) {
  const auto text = [&](const char* name) {
    const auto found = texts.find(name);
    return found == texts.end() ? std::string() : found->second;
  };
  Origin origin{text("inputs"), 1, {}};
  if (!text("result_version").empty()) origin.version = std::atoll(text("result_version").c_str());
  std::istringstream lines(text("contents"));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos) origin.contents[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return origin;
}

void write_origin(base::Hdf5File& file, const Origin& origin) {
  for (const auto& [name, text] : origin.texts()) file.set_attribute("/", name, text);
}

Origin read_origin(const base::Hdf5File& file) {
  std::map<std::string, std::string> texts{{"inputs", file.text_attribute("/", "inputs")}};
  for (const char* name : {"result_version", "contents"})
    if (file.has_attribute("/", name)) texts[name] = file.text_attribute("/", name);
  return Origin::from_texts(texts);
}

std::string difference(const Origin& made, const Origin& wanted) {
  if (made.inputs != wanted.inputs)
    return "the configuration changed: " + first_difference(made.inputs, wanted.inputs);
  if (made.version != wanted.version) {
    return "its numerics changed with the program (result version " + std::to_string(made.version) + " -> " +
           std::to_string(wanted.version) + ")";
  }
  for (const auto& [name, fingerprint] : wanted.contents) {
    const auto found = made.contents.find(name);
    if (found != made.contents.end() && found->second != fingerprint) return "the " + name + " changed";
  }
  return "";
}

}  // namespace scorefem::study
