#pragma once

namespace scorefem {

/// From now on SIGINT, SIGTERM and SIGUSR1 ask long work to save what is finished and stop (exit status 75),
/// which is what batch systems send before a time limit. A second SIGINT ends the program at once.
void catch_interrupts();

/// Whether one of the signals has arrived.
bool interrupt_requested();

/// Throws Interrupted if one has.
void stop_if_interrupted(const char* saved);

}  // namespace scorefem
