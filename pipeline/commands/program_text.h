#pragma once

#include <string>

namespace CLI {
class App;
}

namespace scorefem::commands {

/// What --version prints: the program's version and commit, then a line for each library.
std::string version_text();

/// A script for bash that completes commands, options and their values, for `source`, or a file in
/// share/bash-completion/completions.
/// @param app with all commands and their options
std::string bash_completion(const CLI::App& app);

}  // namespace scorefem::commands
