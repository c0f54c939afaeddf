#pragma once

#include <string>
#include <vector>

namespace scorefem::configuration {

/// The candidate that differs from `word` by the fewest edits, or an empty string if none is near.
std::string nearest_match(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace scorefem::configuration
