#include "pipeline/base/external_program.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "pipeline/base/build_info.h"
#include "pipeline/base/interrupt.h"
#include "pipeline/base/joined.h"

namespace scorefem::base {

std::string scripts_folder() {
  const char* folder = std::getenv("SCOREFEM_SCRIPTS");
  if (folder != nullptr) return folder;
  namespace fs = std::filesystem;
  std::error_code unknown;
  const fs::path program = fs::read_symlink("/proc/self/exe", unknown);
  const fs::path installed = (program.parent_path() / kInstalledScriptsFolder).lexically_normal();
  return !unknown && fs::is_directory(installed, unknown) ? installed.string() : kScriptsFolder;
}

namespace {

/// Starts a program that can be stopped by signals, though this one blocks some (pipeline/base/interrupt.h).
/// @return 0 or the error's number
int start(const std::vector<char*>& argv, pid_t* process) {
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_t attributes;
  int error = posix_spawnattr_init(&attributes);
  if (error != 0) return error;
  error = posix_spawnattr_setsigmask(&attributes, &none);
  if (error == 0) error = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  if (error == 0) error = posix_spawn(process, argv[0], nullptr, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  return error;
}

}  // namespace

void run_script(const std::string& name, const std::vector<std::string>& arguments) {
  std::vector<std::string> command{kPlotPython, scripts_folder() + "/" + name};
  command.insert(command.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (std::string& word : command) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t process = 0;
  const int error = start(argv, &process);
  int status = 0;
  if (error == 0) set_waited_for(process);
  const bool ended = error == 0 && waitpid(process, &status, 0) >= 0;
  set_waited_for(0);
  if (!ended || status != 0) {
    const std::string reason = error != 0          ? std::strerror(error)
                               : WIFEXITED(status) ? "exit status " + std::to_string(WEXITSTATUS(status))
                                                   : "ended by a signal";
    throw std::runtime_error("a script failed: `" + joined(command, " ") + "`: " + reason);
  }
}

}  // namespace scorefem::base
