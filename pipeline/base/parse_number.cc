#include "pipeline/base/parse_number.h"

#include <charconv>
#include <cstdlib>

namespace scorefem::base {

std::optional<double> parse_number(const std::string& text) {
  const bool plus = text.size() > 1 && text[0] == '+' && text[1] != '-';  // which from_chars does not take
  const char* const begin = text.data() + (plus ? 1 : 0);
  const char* const end = text.data() + text.size();
  double value = 0;
  const auto result = std::from_chars(begin, end, value);
  if (result.ptr != end || result.ec == std::errc::invalid_argument) return std::nullopt;
  // from_chars does not say in which direction it is out of range.
  if (result.ec == std::errc::result_out_of_range) value = std::strtod(begin, nullptr);
  return value;
}

}  // namespace scorefem::base
