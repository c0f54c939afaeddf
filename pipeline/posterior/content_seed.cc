#include "pipeline/posterior/content_seed.h"

#include <limits>

#include "pipeline/base/fingerprint.h"

namespace scorefem::posterior {

std::uint64_t content_seed(std::uint64_t seed, const solver::Matrix& measurement) {
  base::Fingerprint fingerprint;
  const std::uint64_t numbers[] = {seed, static_cast<std::uint64_t>(measurement.rows()),
                                   static_cast<std::uint64_t>(measurement.cols())};
  fingerprint.add(numbers, sizeof numbers);
  for (Eigen::Index i = 0; i < measurement.rows(); ++i) {
    for (Eigen::Index j = 0; j < measurement.cols(); ++j) {
      // One NaN, and one 0, for all their bits.
      const double there = measurement(i, j),
                   value = there == there ? there + 0.0 : std::numeric_limits<double>::quiet_NaN();
      fingerprint.add(&value, sizeof value);
    }
  }
  return fingerprint.hash();
}

}  // namespace scorefem::posterior
