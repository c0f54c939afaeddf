#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

namespace scorefem::solver {

/// Throws std::invalid_argument "name is value, but must be allowed" unless the condition holds.
template <typename Value>
void require(bool condition, const std::string& name, const Value& value, const std::string& allowed) {
  if (condition) return;
  std::ostringstream message;
  message << name << " is " << value << ", but must be " << allowed;
  throw std::invalid_argument(message.str());
}

}  // namespace scorefem::solver
