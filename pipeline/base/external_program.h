#pragma once

#include <string>
#include <vector>

namespace scorefem::base {

/// The folder of the scripts: SCOREFEM_SCRIPTS if that is set, else the one that the program was built from.
std::string scripts_folder();

/// Runs one of the scripts (scripts/NAME) with the Python that has matplotlib, and waits for it.
/// @throws std::runtime_error with the command and its status if it fails.
void run_script(const std::string& name, const std::vector<std::string>& arguments);

}  // namespace scorefem::base
