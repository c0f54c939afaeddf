#include "pipeline/base/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <sstream>
#include <stdexcept>

#include "pipeline/base/atomic_file.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/provenance.h"

namespace scorefem::base {
namespace {

using Fields = std::map<std::string, std::string>;

std::string environment(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? "" : text;
}

/// Tells one job of Slurm's from all others, but not from an earlier run of itself.
std::string slurm_job() {
  const std::string job = environment("SLURM_JOB_ID");
  return job.empty() ? "" : environment("SLURM_CLUSTER_NAME") + ":" + job;
}

std::string text_of(const Fields& fields) {
  std::string text;
  for (const auto& [name, value] : fields) text.append(name).append(": ").append(value).append("\n");
  return text;
}

/// What the holder wrote; {} if nothing (yet).
Fields read_fields(int file) {
  char buffer[4096];
  const ssize_t n = ::pread(file, buffer, sizeof buffer, 0);
  std::istringstream lines(std::string(buffer, static_cast<std::size_t>(n > 0 ? n : 0)));
  Fields fields;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos) fields[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return fields;
}

std::string field(const Fields& fields, const char* name) {
  const auto found = fields.find(name);
  return found == fields.end() ? "?" : found->second;
}

[[noreturn]] void refuse(const std::string& path, const Fields& holder, const std::string& advice) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  throw InputError(folder + ": `" + field(holder, "command") + "` of process " + field(holder, "process") +
                   " on " + field(holder, "host") + " is at work there since " + field(holder, "since") +
                   "; " + advice);
}

bool is_alive(const Fields& holder) {
  const auto process = static_cast<pid_t>(std::atol(field(holder, "process").c_str()));
  return process > 0 && (::kill(process, 0) == 0 || errno != ESRCH);
}

/// Whether the open file is still the one of this name: its holder may have removed it in between.
bool has_name(int file, const std::string& path) {
  struct stat opened {};
  struct stat named {};
  return ::fstat(file, &opened) == 0 && ::stat(path.c_str(), &named) == 0 && opened.st_ino == named.st_ino &&
         opened.st_dev == named.st_dev;
}

/// Locks the file, unless somebody else has it.
/// @return whether it is locked: not every file system can
/// @throws InputError naming the holder; std::runtime_error with the system's reason
bool take(int file, const std::string& path) {
  const char* const wait = "wait for it, or use another folder (--output)";
  int reason = 0;
  do {
    reason = ::flock(file, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
  } while (reason == EINTR);
  const bool locked = reason == 0;
  const bool no_locks = reason == ENOLCK || reason == EOPNOTSUPP || reason == ENOSYS;
  const Fields holder = read_fields(file);
  if (reason == EWOULDBLOCK) refuse(path, holder, wait);
  if (!locked && !no_locks) throw std::runtime_error("cannot lock " + path + ": " + std::strerror(reason));
  if (holder.count("host") == 0) return locked;  // nothing written yet, or by an earlier version
  if (field(holder, "host") == host_name()) {
    // A file system without locks leaves the process's number to ask for.
    if (!locked && is_alive(holder)) refuse(path, holder, wait);
    return locked;
  }
  const std::string job = slurm_job();
  if (!job.empty() && field(holder, "job") == job) return locked;
  refuse(path, holder,
         "wait for it, or use another folder (--output); if it was killed, or that machine is gone, remove " +
             path);
}

/// A file that is open, and locked where its file system can.
struct Taken {
  int file = -1;  //!< -1: there is none
  bool locked = false;
};

/// Opens and locks the file of this name.
/// @param create whether it is made if there is none
Taken open_and_take(const std::string& path, bool create) {
  for (;;) {
    bool locked = false;
    const int file = ::open(path.c_str(), (create ? O_CREAT : 0) | O_RDWR | O_CLOEXEC, 0644);
    if (file < 0 && errno == ENOENT && !create) return {};
    if (file < 0) throw std::runtime_error("cannot write " + path + ": " + std::strerror(errno));
    try {
      locked = take(file, path);
    } catch (...) {
      ::close(file);
      throw;
    }
    if (has_name(file, path)) return {file, locked};
    ::close(file);
  }
}

}  // namespace

FolderLock::FolderLock(std::string path, const std::string& command) : path_(std::move(path)) {
  const Taken taken = open_and_take(path_, /*create=*/true);
  file_ = taken.file;
  if (!taken.locked)
    std::fprintf(
        stderr,
        "warning: %s cannot be locked: nothing keeps others, on other machines above all, from writing "
        "this folder; start one command at a time in it\n",
        path_.c_str());
  const std::string text = text_of({{"command", command},
                                    {"host", host_name()},
                                    {"process", std::to_string(::getpid())},
                                    {"since", utc_date()},
                                    {"job", slurm_job()}});
  const bool written = ::ftruncate(file_, 0) == 0 &&
                       ::pwrite(file_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
  if (written) {
    remember_temporary_file(path_);
    return;
  }
  const int reason = errno;
  ::unlink(path_.c_str());
  ::close(file_);
  throw std::runtime_error("cannot write " + path_ + ": " + std::strerror(reason));
}

FolderLock::~FolderLock() {
  forget_temporary_file(path_);
  ::unlink(path_.c_str());  // before others can lock it
  ::close(file_);
}

void require_not_locked(const std::string& path) {
  const int file = open_and_take(path, /*create=*/false).file;
  if (file < 0) return;
  ::unlink(path.c_str());
  ::close(file);
}

}  // namespace scorefem::base
