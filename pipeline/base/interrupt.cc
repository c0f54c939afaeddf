#include "pipeline/base/interrupt.h"

#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <thread>

#include "pipeline/base/errors.h"

namespace scorefem::base {
namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGUSR1};

volatile std::sig_atomic_t requested = 0;

extern "C" void on_signal(int signal) {
  requested = 1;
  if (signal == SIGINT) std::signal(SIGINT, SIG_DFL);
}

/// SIG_BLOCK or SIG_UNBLOCK the signals in this thread; those it starts from now on do the same.
void change_mask(int how) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : kSignals) sigaddset(&set, signal);
  pthread_sigmask(how, &set, nullptr);
}

/// Starts the one thread that the signals interrupt. oneDNN's kernels use the stack pointer for their data: a
/// handler that ran in the midst of one would write its frame there (oneDNN issue 4845).
void start_receiver() {
  std::thread([] {
    change_mask(SIG_UNBLOCK);
    for (;;) ::pause();
  }).detach();
}

}  // namespace

void catch_interrupts() {
  for (const int signal : kSignals) std::signal(signal, on_signal);
  change_mask(SIG_BLOCK);
  static const bool once = (start_receiver(), true);
  static_cast<void>(once);
}

bool interrupt_requested() {
  return requested != 0;
}

void stop_if_interrupted(const char* saved) {
  if (interrupt_requested()) throw Interrupted(std::string("stopped by a signal; ") + saved);
}

}  // namespace scorefem::base
