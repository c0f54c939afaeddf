#pragma once

namespace scorefem::base {

/// From now on SIGINT, SIGTERM and SIGUSR1 ask long work to save what is finished and stop (exit status 75),
/// which is what batch systems send before a time limit. A second SIGINT ends the program at once. The
/// signals are handled by a thread of their own: they stay blocked in the calling thread and in those that it
/// starts later. To be called before the first computation, and again when a library has put back other
/// handlers.
void catch_interrupts();

/// Whether one of the signals has arrived.
bool interrupt_requested();

/// Throws Interrupted if one has.
void stop_if_interrupted(const char* saved);

}  // namespace scorefem::base
