#include "pipeline/base/order_statistics.h"

#include <algorithm>
#include <cstddef>

namespace scorefem::base {

double quantile(std::vector<double> values, double probability) {
  const double position = probability * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::ptrdiff_t>(position);
  std::nth_element(values.begin(), values.begin() + below, values.end());
  const double lower = values[static_cast<std::size_t>(below)];
  if (below + 1 == static_cast<std::ptrdiff_t>(values.size())) return lower;
  const double upper = *std::min_element(values.begin() + below + 1, values.end());
  return lower + (position - static_cast<double>(below)) * (upper - lower);
}

}  // namespace scorefem::base
