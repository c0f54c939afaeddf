#include "pipeline/interrupt.h"

#include <csignal>
#include <string>

#include "pipeline/errors.h"

namespace scorefem {
namespace {

volatile std::sig_atomic_t requested = 0;

extern "C" void on_signal(int signal) {
  requested = 1;
  if (signal == SIGINT) std::signal(SIGINT, SIG_DFL);
}

}  // namespace

void catch_interrupts() {
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) std::signal(signal, on_signal);
}

bool interrupt_requested() {
  return requested != 0;
}

void stop_if_interrupted(const char* saved) {
  if (interrupt_requested()) throw Interrupted(std::string("stopped by a signal; ") + saved);
}

}  // namespace scorefem
