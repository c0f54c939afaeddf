#include "pipeline/posterior/content_seed.h"

#include "pipeline/base/fingerprint.h"

namespace scorefem::posterior {

std::uint64_t content_seed(std::uint64_t seed, const problem::Measurements& measurement) {
  base::Fingerprint fingerprint;
  const std::uint64_t numbers[] = {seed, static_cast<std::uint64_t>(measurement.rows()),
                                   static_cast<std::uint64_t>(measurement.columns())};
  fingerprint.add(numbers, sizeof numbers);
  const solver::Matrix values = measurement.to_nan().array() + 0.0;  // one 0 for all its bits
  fingerprint.add(values.data(), static_cast<std::size_t>(values.size()) * sizeof(double));
  return fingerprint.hash();
}

}  // namespace scorefem::posterior
