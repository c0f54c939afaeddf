#include "pipeline/base/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <stdexcept>
#include <vector>

#include "diffusion/training/whole_file.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/provenance.h"

namespace scorefem::base {
namespace {

/// Makes the data survive a power cut; a close may be the first to report a full disk.
void flush_to_disk(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0) fail_on_file("open", path, errno);
  const int sync_error = ::fsync(descriptor) == 0 ? 0 : errno;
  const int close_error = ::close(descriptor) == 0 ? 0 : errno;
  if (sync_error != 0 && sync_error != EINVAL) fail_on_file("flush", path, sync_error);
  if (close_error != 0) fail_on_file("close", path, close_error);
}

std::string directory_of(const std::string& path) {
  const std::string directory = std::filesystem::path(path).parent_path().string();
  return directory.empty() ? "." : directory;
}

/// Between the final name and the number of the process.
std::string temporary_ending() {
  return ".tmp-" + host_name() + "-";
}

/// The temporary files of this process, for remove_temporary_files().
struct Temporaries {
  std::mutex mutex;
  std::set<std::string> paths;
};
Temporaries& temporaries() {
  static auto* const all = new Temporaries;  // never destroyed: a signal may come during the program's exit
  return *all;
}

}  // namespace

std::string final_name(const std::string& temporary_path) {
  return temporary_path.substr(0, temporary_path.find(temporary_ending()));
}

void fail_on_file(const std::string& action, const std::string& path, int error) {
  throw std::runtime_error("cannot " + action + " " + final_name(path) + ": " + std::strerror(error));
}

AtomicFile::AtomicFile(std::string path) : path_(std::move(path)) {
  std::error_code error;
  std::filesystem::create_directories(directory_of(path_), error);
  if (error) fail_on_file("make the directory of", path_, error.value());
  const std::string prefix = temporary_ending();
  // What a killed run of this machine left behind.
  diffusion::remove_leftovers(directory_of(path_), std::filesystem::path(path_).filename().string() + prefix);
  temporary_path_ = path_ + prefix + std::to_string(::getpid());
  // In a container a process often has the number of the one that was killed before it.
  std::filesystem::remove(temporary_path_, error);
  remember_temporary_file(temporary_path_);
}

AtomicFile::~AtomicFile() {
  std::error_code ignored;
  forget_temporary_file(temporary_path_);
  if (!committed_) std::filesystem::remove(temporary_path_, ignored);
}

void AtomicFile::commit() {
  flush_to_disk(temporary_path_);
  if (std::rename(temporary_path_.c_str(), path_.c_str()) != 0) fail_on_file("rename to", path_, errno);
  committed_ = true;
  diffusion::flush_folder(directory_of(path_));
}

void remember_temporary_file(const std::string& path) {
  const std::lock_guard<std::mutex> lock(temporaries().mutex);
  temporaries().paths.insert(path);
}

void forget_temporary_file(const std::string& path) {
  const std::lock_guard<std::mutex> lock(temporaries().mutex);
  temporaries().paths.erase(path);
}

void remove_temporary_files() {
  const std::lock_guard<std::mutex> lock(temporaries().mutex);
  std::error_code ignored;
  for (const std::string& path : temporaries().paths) std::filesystem::remove_all(path, ignored);
  temporaries().paths.clear();
}

void remove_leftovers_of_all_hosts(const std::string& path) {
  const std::string prefix = std::filesystem::path(path).filename().string() + ".tmp-";
  std::vector<std::filesystem::path> found;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(directory_of(path), ignored))
    if (entry.path().filename().string().rfind(prefix, 0) == 0) found.push_back(entry.path());
  for (const auto& leftover : found) std::filesystem::remove(leftover, ignored);
}

void write_text_file(const std::string& path, const std::string& text) {
  AtomicFile file(path);
  std::ofstream out(file.temporary_path(), std::ios::binary);
  out << text;
  out.close();
  if (!out) fail_on_file("write", path, errno);
  file.commit();
}

std::string read_text_file(const std::string& path, const std::string& what) {
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path))
    throw InputError(path + ": cannot be read; expected " + what);
  std::string text;
  std::vector<char> block(1 << 16);
  while (file) {
    file.read(block.data(), static_cast<std::streamsize>(block.size()));
    text.append(block.data(), static_cast<std::size_t>(file.gcount()));
  }
  if (file.bad()) throw InputError(path + ": cannot be read to its end; expected " + what);
  return text;
}

void require_writable_directory(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  const std::string probe = path + "/.writable-" + std::to_string(::getpid());
  const int descriptor = error ? -1 : ::open(probe.c_str(), O_CREAT | O_EXCL | O_WRONLY, 0600);
  if (descriptor < 0) {
    const int reason = error ? error.value() : errno;
    throw InputError("output folder " + path + " cannot be written: " + std::strerror(reason) +
                     "; give another with --output DIR");
  }
  ::close(descriptor);
  ::unlink(probe.c_str());
}

}  // namespace scorefem::base
