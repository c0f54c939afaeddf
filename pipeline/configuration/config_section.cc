#include "pipeline/configuration/config_section.h"

#include <algorithm>
#include <cmath>
#include <sstream>

namespace scorefem::configuration {

bool Bounds::contain(double value) const {
  if (!std::isfinite(value)) return false;
  const bool above = lower_open ? value > lower : value >= lower;
  const bool below = upper_open ? value < upper : value <= upper;
  return above && below;
}

std::string Bounds::text() const {
  std::ostringstream out;
  const bool has_lower = std::isfinite(lower);
  const bool has_upper = std::isfinite(upper);
  if (has_lower && has_upper) {
    out << "in " << (lower_open ? '(' : '[') << lower << ", " << upper << (upper_open ? ')' : ']');
  } else if (has_lower) {
    out << (lower_open ? "> " : ">= ") << lower;
  } else if (has_upper) {
    out << (upper_open ? "< " : "<= ") << upper;
  } else {
    out << "that is finite";
  }
  return out.str();
}

Bounds positive() {
  Bounds bounds;
  bounds.lower = 0;
  bounds.lower_open = true;
  return bounds;
}

Bounds non_negative() {
  return at_least(0);
}

Bounds at_least(double lower) {
  Bounds bounds;
  bounds.lower = lower;
  return bounds;
}

Bounds between(double lower, double upper) {
  Bounds bounds;
  bounds.lower = lower;
  bounds.upper = upper;
  return bounds;
}

Bounds above_up_to(double lower, double upper) {
  Bounds bounds = between(lower, upper);
  bounds.lower_open = true;
  return bounds;
}

void Section::integer(const char* key, int& value, Bounds bounds, const char* help) {
  bounds.lower = std::max<double>(bounds.lower, std::numeric_limits<int>::min());
  bounds.upper = std::min<double>(bounds.upper, std::numeric_limits<int>::max());
  std::int64_t wide = value;
  integer(key, wide, bounds, help);
  value = static_cast<int>(wide);
}

}  // namespace scorefem::configuration
