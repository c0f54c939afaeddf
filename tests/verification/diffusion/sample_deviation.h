#pragma once

#include <torch/types.h>

#include <cmath>
#include <cstdint>

namespace scorefem::diffusion::test {

/// Tolerances are so many standard errors.
constexpr double kErrors = 5.0;

struct Deviation {
  double shift;  //!< of the mean, in standard deviations, the largest
  double width;  //!< of the standard deviation's logarithm, the largest: a width of 0 is infinitely far off
};

/// Of samples [measurement, sample, component] from mean and standard deviation [measurement, component].
inline Deviation deviation(const torch::Tensor& samples, const torch::Tensor& mean,
                           const torch::Tensor& stddev) {
  return {((samples.mean(1) - mean) / stddev).abs().max().item<double>(),
          (samples.std(1) / stddev).log().abs().max().item<double>()};
}

/// Standard errors for n independent samples of a Gaussian.
inline Deviation standard_error(std::int64_t n) {
  const auto count = static_cast<double>(n);
  return {1.0 / std::sqrt(count), 1.0 / std::sqrt(2.0 * count)};
}

}  // namespace scorefem::diffusion::test
