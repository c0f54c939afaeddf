#pragma once

#include <string>
#include <vector>

namespace scorefem::base {

/// The texts in order, with a separator between each two.
std::string joined(const std::vector<std::string>& texts, const std::string& separator = ", ");

}  // namespace scorefem::base
