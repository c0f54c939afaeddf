#include "pipeline/base/interrupt.h"

#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <thread>

#include "pipeline/base/atomic_file.h"
#include "pipeline/base/errors.h"

namespace scorefem::base {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGUSR1};
/// From a signal on, for work that does not look whether one came; in all no more than 2 s.
constexpr std::chrono::milliseconds kPatience{1500};
/// More for work that has begun to save itself.
constexpr std::chrono::seconds kPatienceForSaving{60};

std::atomic<int> requested{0};  // the signal's number; written by the handler
static_assert(std::atomic<int>::is_always_lock_free);
std::atomic<OnSignal> reaction{OnSignal::save_together};
std::atomic<bool> ignored{false};
std::atomic<bool> saving{false};
std::atomic<bool> saved_work{false};
std::atomic<int> waited_for{0};
sem_t arrived;

extern "C" void on_signal(int signal) {
  requested = signal;
  sem_post(&arrived);
}

/// SIG_BLOCK or SIG_UNBLOCK the signals in this thread; those it starts from now on do the same.
void change_mask(int how) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : kSignals) sigaddset(&set, signal);
  pthread_sigmask(how, &set, nullptr);
}

/// Whether another signal comes within this time.
bool another_within(std::chrono::milliseconds time) {
  timespec until{};
  clock_gettime(CLOCK_REALTIME, &until);
  const long nanoseconds = until.tv_nsec + static_cast<long>(time.count() % 1000) * 1000000;
  until.tv_sec += static_cast<std::time_t>(time.count() / 1000 + nanoseconds / 1000000000);
  until.tv_nsec = nanoseconds % 1000000000;
  return sem_timedwait(&arrived, &until) == 0;
}

void end_others() {
  const int process = waited_for;
  if (process > 0) ::kill(process, SIGTERM);
  remove_temporary_files();
}

/// The work did not stop: it is ended where it is. Everything that is whole is on disk.
void end_unfinished_work() {
  if (ignored) return;
  end_others();
  if (!saved_work) end_by_signal();
  std::fputs(
      "scorefem: stopped by a signal; what was finished is saved, the same command goes on from there\n",
      stderr);
  std::_Exit(kInterrupted);
}

void react_to_signal() {
  if (ignored) return;
  if (reaction == OnSignal::end) {
    end_others();
    end_by_signal();
  }
  const Clock::time_point begin = Clock::now();
  int n_interrupts = requested == SIGINT ? 1 : 0;
  while (!ignored) {
    if (another_within(std::chrono::milliseconds(50)) && requested == SIGINT && ++n_interrupts > 1) {
      end_others();
      end_by_signal();
    }
    const auto patience = saving ? Clock::duration(kPatienceForSaving) : Clock::duration(kPatience);
    if (reaction == OnSignal::save && Clock::now() - begin > patience) end_unfinished_work();
  }
}

/// Starts the one thread that the signals interrupt. oneDNN's kernels use the stack pointer for their data: a
/// handler that ran in the midst of one would write its frame there (oneDNN issue 4845).
void start_receiver() {
  sem_init(&arrived, 0, 0);
  std::thread([] {
    change_mask(SIG_UNBLOCK);
    for (;;)
      if (sem_wait(&arrived) == 0) react_to_signal();
  }).detach();
}

}  // namespace

void catch_interrupts(OnSignal on_signal_do) {
  reaction = on_signal_do;
  change_mask(SIG_BLOCK);
  static const bool once = (start_receiver(), true);
  static_cast<void>(once);
  for (const int signal : kSignals) std::signal(signal, on_signal);
}

void release_signals() {
  for (const int signal : kSignals) std::signal(signal, SIG_DFL);
  change_mask(SIG_UNBLOCK);
}

void ignore_interrupts() {
  ignored = true;
}

bool interrupt_requested() {
  return requested != 0;
}

bool interrupt_requested_to_save() {
  if (!interrupt_requested()) return false;
  saving = true;
  return true;
}

void stop_if_interrupted(const char* saved) {
  if (interrupt_requested()) throw Interrupted(std::string("stopped by a signal; ") + saved);
}

void note_saved_work() {
  saved_work = true;
}

bool has_saved_work() {
  return saved_work;
}

void end_by_signal() {
  const int signal = requested;
  if (signal == 0) return;
  std::signal(signal, SIG_DFL);
  change_mask(SIG_UNBLOCK);
  ::kill(::getpid(), signal);
  std::_Exit(128 + signal);  // where the signal cannot end the program, as in a container's first process
}

void set_waited_for(int process) {
  waited_for = process;
}

}  // namespace scorefem::base
