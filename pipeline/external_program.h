#pragma once

#include <string>
#include <vector>

namespace scorefem {

/// Runs one of the plotting scripts (scripts/NAME) with the Python that has matplotlib, and waits for it.
/// The folder of the scripts is SCOREFEM_SCRIPTS if that is set, else the one that the program was built
/// from.
/// @throws std::runtime_error with the command and its status if it fails.
void run_plot_script(const std::string& name, const std::vector<std::string>& arguments);

}  // namespace scorefem
