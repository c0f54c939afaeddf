#pragma once

namespace scorefem::base {

/// What SIGINT, SIGTERM and SIGUSR1, which batch systems send before a time limit, do to the program.
enum class OnSignal {
  end,   //!< ends at once, by the signal (128 + n in a shell): there is no work to save
  save,  //!< asks the work to save what is finished and stop, and ends it where it takes longer than 2 s
  save_together,  //!< asks only: the ranks of a run stop together
};

/// From now on the signals do so. They are handled by a thread of their own: they stay blocked in the calling
/// thread and in those that it starts later. A second SIGINT ends the program at once. To be called before
/// the first computation, and again when a library has put back other handlers.
void catch_interrupts(OnSignal on_signal);

/// Puts back the default reactions in a process that becomes another program, which would inherit the blocked
/// signals and never see one. May be called between fork and exec.
void release_signals();

/// The work is at its end: signals no longer change how the program ends.
void ignore_interrupts();

/// Whether one of the signals has arrived.
bool interrupt_requested();

/// The same for work that saves itself now: the program is not ended before it could.
bool interrupt_requested_to_save();

/// Throws Interrupted if one has.
void stop_if_interrupted(const char* saved);

/// Files now hold work from which the same command goes on: a signal gives exit status 75, and bad input that
/// is met from now on leaves them and the log.
void note_saved_work();
bool has_saved_work();

/// Ends the program by the signal that arrived, as if it had not been caught; returns if none has.
void end_by_signal();

/// A program that this one waits for is ended with it. 0: none.
void set_waited_for(int process);

}  // namespace scorefem::base
