#include "diffusion/training/whole_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace scorefem::diffusion {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& path, int reason) {
  throw std::system_error(reason, std::generic_category(), "cannot write " + path);
}

/// 0, or the error.
int write_and_flush(int file, const std::string& bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::write(file, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno != EINTR) return errno;
    if (n > 0) done += static_cast<std::size_t>(n);
  }
  return ::fsync(file) == 0 || errno == EINVAL ? 0 : errno;
}

}  // namespace

void write_whole_file(const std::string& path, const std::string& bytes) {
  char host[256] = "localhost";
  ::gethostname(host, sizeof host - 1);
  const std::string folder = fs::absolute(path).parent_path().string();
  const std::string ending = std::string(".tmp-") + host + "-";
  remove_leftovers(folder, fs::path(path).filename().string() + ending);
  const std::string temporary = path + ending + std::to_string(::getpid());
  const int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) fail(path, errno);
  int error = write_and_flush(file, bytes);
  if (::close(file) != 0 && error == 0) error = errno;
  if (error == 0 && std::rename(temporary.c_str(), path.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(temporary.c_str());
    fail(path, error);
  }
  flush_folder(folder);
}

void remove_leftovers(const std::string& folder, const std::string& prefix) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind(prefix, 0) != 0) continue;
    const std::string process = name.substr(prefix.size());
    if (process.find_first_not_of("0123456789") != std::string::npos) continue;  // another machine's
    const long number = std::atol(process.c_str());
    if (number > 0 && ::kill(static_cast<pid_t>(number), 0) != 0 && errno == ESRCH)
      fs::remove(entry.path(), ignored);
  }
}

void flush_folder(const std::string& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace scorefem::diffusion
