#pragma once

#include <string>
#include <utility>
#include <vector>

namespace scorefem::solver {

/// The libraries behind the solver, name and version; of those that can be asked, the one that is running.
std::vector<std::pair<std::string, std::string>> library_versions();

}  // namespace scorefem::solver
