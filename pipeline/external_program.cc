#include "pipeline/external_program.h"

#include <spawn.h>
#include <sys/wait.h>

#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "pipeline/build_info.h"

extern char** environ;

namespace scorefem {

std::string scripts_folder() {
  const char* folder = std::getenv("SCOREFEM_SCRIPTS");
  return folder != nullptr ? folder : kScriptsFolder;
}

void run_script(const std::string& name, const std::vector<std::string>& arguments) {
  std::vector<std::string> command{kPlotPython, scripts_folder() + "/" + name};
  command.insert(command.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : command) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t process = 0;
  const int error = posix_spawn(&process, argv[0], nullptr, nullptr, argv.data(), environ);
  int status = 0;
  if (error != 0 || waitpid(process, &status, 0) < 0 || status != 0) {
    std::string text;
    for (const std::string& word : command) text += (text.empty() ? "" : " ") + word;
    const std::string reason = error != 0          ? std::strerror(error)
                               : WIFEXITED(status) ? "exit status " + std::to_string(WEXITSTATUS(status))
                                                   : "ended by a signal";
    throw std::runtime_error("a script failed: `" + text + "`: " + reason);
  }
}

}  // namespace scorefem
