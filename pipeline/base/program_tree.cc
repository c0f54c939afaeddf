#include "pipeline/base/program_tree.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <stdexcept>
#include <thread>

#include "pipeline/base/atomic_file.h"
#include "pipeline/base/interrupt.h"

namespace scorefem::base {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr int kNotFound = 127, kNotStarted = 126;
constexpr std::chrono::milliseconds kLook{50};
constexpr std::chrono::seconds kPatience{70};

/// The parent of a process; 0 if it has ended meanwhile.
pid_t parent_of(const fs::path& process) {
  std::ifstream file(process / "stat");
  std::string text;
  std::getline(file, text);
  const std::size_t name_ends = text.rfind(')');  // a name may hold anything
  char state = 0;
  int parent = 0;
  if (name_ends == std::string::npos ||
      std::sscanf(text.c_str() + name_ends + 1, " %c %d", &state, &parent) != 2)
    return 0;
  return parent;
}

/// All processes that this one, or one of these, has started.
std::vector<pid_t> descendants() {
  std::multimap<pid_t, pid_t> children;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    const int process = std::atoi(entry.path().filename().c_str());
    if (process > 0) children.emplace(parent_of(entry.path()), process);
  }
  std::vector<pid_t> found{getpid()};
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto [first, last] = children.equal_range(found[i]);
    std::for_each(first, last, [&](const auto& child) { found.push_back(child.second); });
  }
  found.erase(found.begin());
  return found;
}

/// Takes the exit statuses of children that have ended. @return whether any child is left
bool reap() {
  pid_t process = 0;
  while ((process = waitpid(-1, nullptr, WNOHANG)) > 0) {
  }
  return process == 0;
}

/// Asks every process below this one to end, those too that are started meanwhile, and waits until all have.
void end_tree(pid_t program) {
  const Clock::time_point begin = Clock::now();
  std::set<pid_t> asked;
  while (reap()) {
    const bool patient = Clock::now() - begin < kPatience;
    for (const pid_t process : descendants()) {
      if (!patient) kill(process, SIGKILL);
      // Snakemake waits for its jobs after SIGTERM, however long they take; after SIGINT it starts no more.
      else if (asked.insert(process).second)
        kill(process, process == program ? SIGINT : SIGTERM);
    }
    std::this_thread::sleep_for(kLook);
  }
}

/// In the new process, which has this thread alone: only what may be called between fork and exec.
[[noreturn]] void become(const std::vector<char*>& argv) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  release_signals();
  execvp(argv[0], argv.data());
  _exit(errno == ENOENT ? kNotFound : kNotStarted);
}

}  // namespace

int run_program_tree(std::vector<std::string> command) {
  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (std::string& word : command) argv.push_back(word.data());
  argv.push_back(nullptr);
  catch_interrupts(OnSignal::save_together);  // this function reacts
  // A shell that ends before what it started leaves that to this process, which can then wait for it.
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  std::fflush(nullptr);
  const pid_t program = fork();
  if (program < 0) throw std::runtime_error(command.front() + " did not start: " + std::strerror(errno));
  if (program == 0) become(argv);
  int status = 0;
  pid_t ended = 0;
  while (!interrupt_requested() && (ended = waitpid(program, &status, WNOHANG)) == 0)
    std::this_thread::sleep_for(kLook);
  if (interrupt_requested()) {
    end_tree(program);
    remove_temporary_files();
    end_by_signal();
  }
  if (ended < 0) throw std::runtime_error(command.front() + ": waiting failed: " + std::strerror(errno));
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace scorefem::base
