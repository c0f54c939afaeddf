#include "pipeline/study/own_output.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "pipeline/base/errors.h"
#include "pipeline/base/hdf5_file.h"
#include "pipeline/study/stage.h"

namespace scorefem::study {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& output, const std::string& what) {
  throw base::InputError("--output " + output + ": would replace " + what + "; expected another name");
}

/// Before hours of sampling: whether the file could be made. Nothing is.
void require_writable(const std::string& output, const fs::path& target) {
  fs::path folder = fs::absolute(target).parent_path();
  while (folder.has_relative_path() && !fs::exists(folder)) folder = folder.parent_path();
  if (!fs::is_directory(folder))
    throw base::InputError("--output " + output + ": cannot be written: " + folder.string() +
                           " is not a folder");
  if (::access(folder.c_str(), W_OK) != 0)
    throw base::InputError("--output " + output + ": cannot be written in " + folder.string() + ": " +
                           std::strerror(errno));
}

bool is_run(const OutputPaths& paths) {
  return fs::exists(paths.log) || fs::exists(paths.checkpoint);
}

/// The first bytes of a file.
std::string beginning(const fs::path& file) {
  std::string bytes(128, '\0');
  std::ifstream stream(file, std::ios::binary);
  stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(stream.gcount()));
  return bytes;
}

/// What a run left in a file, from what is in it; empty if that is nothing of a run.
/// @throws base::InputError for an HDF5 file that cannot be read, as one that is being written
std::string result_in(const fs::path& file) {
  const std::string bytes = beginning(file);
  // A zip archive of tensors, whose first entry is archive/data/0, or archive/data.pkl if Python wrote it.
  if (bytes.rfind("PK", 0) == 0 && bytes.find("/data") != std::string::npos) return "a model";
  if (bytes.rfind("\x89HDF\r\n", 0) != 0) return "";
  const base::Hdf5File content = base::Hdf5File::open(file.string());
  if (!content.has_attribute("/", "type")) return "";
  const std::string type = content.text_attribute("/", "type");
  if (type.rfind("scorefem ", 0) != 0) return "";
  // The truth behind a measurement is known to `sample` alone.
  if (type == "scorefem posterior" && !content.contains("/truth")) return "";
  return std::string("a ") + type;
}

/// Whether a folder is that of the shards or of the reference's parts of a run, which its stages read whole.
bool holds_parts(const fs::path& folder) {
  const OutputPaths run(folder.parent_path().string());
  if (folder.string() != run.shards && folder.string() != run.reference_parts) return false;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none))
    if (entry.is_regular_file(none) && !result_in(entry.path()).empty()) return true;
  return is_run(run);
}

}  // namespace

void require_own_output(const std::string& output, const std::vector<std::string>& read) {
  if (output.empty()) return;
  if (fs::is_directory(output))
    throw base::InputError("--output " + output + ": a folder; expected a file's name");
  const fs::path target = fs::weakly_canonical(output);
  require_writable(output, target);
  std::error_code none;  // a pipe has no name of its own
  for (const std::string& file : read)
    if (!file.empty() && fs::weakly_canonical(file, none) == target) refuse(output, "what is read, " + file);
  const OutputPaths paths(target.parent_path().string());
  std::vector<std::string> files = paths.files();
  files.push_back(paths.log);
  if (is_run(paths) && std::find(files.begin(), files.end(), target.string()) != files.end())
    refuse(output, "a file of the run");
  if (holds_parts(target.parent_path()))
    throw base::InputError(std::string("--output ") + output + ": lies in a run's folder of parts, " +
                           target.parent_path().string() + "; expected another folder");
  if (fs::is_regular_file(target))
    if (const std::string result = result_in(target); !result.empty()) refuse(output, result);
}

}  // namespace scorefem::study
