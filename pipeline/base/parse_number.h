#pragma once

#include <optional>
#include <string>

namespace scorefem::base {

/// The number that a text is as a whole, written in C's way; +-infinity or near 0 for one beyond
/// float64, none if it is not a number.
std::optional<double> parse_number(const std::string& text);

}  // namespace scorefem::base
