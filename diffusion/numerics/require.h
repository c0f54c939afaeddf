#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

namespace scorefem::diffusion {

/// Throws std::invalid_argument "name = value, allowed: allowed" unless the condition holds. `name` says
/// whose it is, e.g. "sampler: steps".
template <class Value>
void require(bool condition, const std::string& name, const Value& value, const std::string& allowed) {
  if (condition) return;
  std::ostringstream message;
  message << name << " = " << value << ", allowed: " << allowed;
  throw std::invalid_argument(message.str());
}

}  // namespace scorefem::diffusion
