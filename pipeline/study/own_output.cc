#include "pipeline/study/own_output.h"

#include <algorithm>
#include <filesystem>

#include "pipeline/base/errors.h"
#include "pipeline/study/stage.h"

namespace scorefem::study {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& output, const std::string& what) {
  throw base::InputError("--output " + output + ": would replace " + what + "; expected another name");
}

}  // namespace

void require_own_output(const std::string& output, const std::vector<std::string>& read) {
  if (output.empty()) return;
  if (fs::is_directory(output))
    throw base::InputError("--output " + output + ": a folder; expected a file's name");
  const fs::path target = fs::weakly_canonical(output);
  std::error_code none;  // a pipe has no name of its own
  for (const std::string& file : read)
    if (!file.empty() && fs::weakly_canonical(file, none) == target) refuse(output, "what is read, " + file);
  const OutputPaths paths(target.parent_path().string());
  std::vector<std::string> files = paths.files();
  files.push_back(paths.log);
  const bool is_run = fs::exists(paths.log) || fs::exists(paths.checkpoint);
  if (is_run && std::find(files.begin(), files.end(), target.string()) != files.end())
    refuse(output, "a file of the run");
}

}  // namespace scorefem::study
