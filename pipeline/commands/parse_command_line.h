#pragma once

#include "pipeline/commands/command_line.h"

namespace scorefem::commands {

/// Parses the arguments; prints help or version and exits, or exits with status 2 after naming the mistake.
/// @throws InputError as parse_shard().
CommandLine parse_command_line(int argc, char** argv);

}  // namespace scorefem::commands
