#include "pipeline/posterior/held_out_sizes.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace scorefem::posterior {
namespace {

/// Relative: sizes that are equal but for rounding count on both sides.
constexpr double kEqual = 1e-6;

}  // namespace

HeldOutSizes::HeldOutSizes(solver::Vector sizes) : sizes_(std::move(sizes)) {
  std::sort(sizes_.begin(), sizes_.end());
}

double HeldOutSizes::share_above(double size) const {
  const auto first = std::lower_bound(sizes_.begin(), sizes_.end(), size * (1 - kEqual));
  const auto n = static_cast<double>(sizes_.end() - first);
  const double least = 1 / static_cast<double>(sizes_.size() + 1);
  if (n > 0) return (1 + n) * least;
  return least * sizes_.tail(1)(0) / size;
}

double HeldOutSizes::share_below(double size) const {
  const auto end = std::upper_bound(sizes_.begin(), sizes_.end(), size * (1 + kEqual));
  const auto n = static_cast<double>(end - sizes_.begin());
  const double least = 1 / static_cast<double>(sizes_.size() + 1);
  if (n > 0) return (1 + n) * least;
  return least * std::sqrt(size / sizes_(0));
}

double HeldOutSizes::two_sided(double size) const {
  if (std::isnan(size)) return 0;
  return std::min(1.0, 2 * std::min(share_above(size), share_below(size)));
}

}  // namespace scorefem::posterior
