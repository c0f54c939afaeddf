#pragma once

#include <string>
#include <vector>

namespace scorefem::base {

/// The folder of the scripts that the program starts: SCOREFEM_SCRIPTS if that is set; else beside the
/// installed program, in share/scorefem/scripts/program; else scripts/program of the sources that it was
/// built from.
std::string scripts_folder();

/// Runs one of the scripts (scripts/program/NAME) with the Python that has matplotlib, and waits for it.
/// @throws std::runtime_error with the command and its status if it fails.
void run_script(const std::string& name, const std::vector<std::string>& arguments);

}  // namespace scorefem::base
