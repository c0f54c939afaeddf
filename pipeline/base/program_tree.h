#pragma once

#include <string>
#include <vector>

namespace scorefem::base {

/// Runs a program of the PATH and waits for it. It starts with the default reactions to signals. When one of
/// those of pipeline/base/interrupt.h arrives here, the program (by SIGINT) and all that it started (by
/// SIGTERM) are ended and waited for, and then this process ends by the signal that arrived; what has not
/// ended after 70 s, longer than a training takes to save itself, is killed. The program is killed if this
/// process is.
/// @param command the program and its arguments
/// @return its exit status; 128 + n if signal n ended it; 127 if it was not found
/// @throws std::runtime_error if no process could be started.
int run_program_tree(std::vector<std::string> command);

}  // namespace scorefem::base
