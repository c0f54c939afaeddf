#pragma once

#include <torch/types.h>

#include <cmath>

#include "diffusion/numerics/random_tensor.h"
#include "diffusion/sampling/probability_flow_ode.h"

namespace scorefem::diffusion::test {

/// Two well separated modes in one dimension: weights 0.3 and 0.7.
struct Mixture {
  static constexpr double kWeight[2] = {0.3, 0.7}, kMean[2] = {-1.5, 1.0}, kStddev[2] = {0.3, 0.5};

  static Score score(const Process& process) {
    return [&process](const torch::Tensor& x, double t) {
      const double m = process.mean(t), s = process.stddev(t);
      torch::Tensor density = torch::zeros_like(x), slope = torch::zeros_like(x);
      for (int i = 0; i < 2; ++i) {
        const double variance = m * m * kStddev[i] * kStddev[i] + s * s;
        const torch::Tensor part =
            kWeight[i] / std::sqrt(variance) * torch::exp(-(x - m * kMean[i]).square() / (2.0 * variance));
        density = density + part;
        slope = slope - (x - m * kMean[i]) / variance * part;
      }
      return slope / density.clamp_min(1e-300);
    };
  }
  static torch::Tensor diffused(const Process& process, double t, std::int64_t n) {
    const torch::Tensor z = normal_tensor({11, Stream::user}, 0, n, 1, torch::kFloat64);
    const torch::Tensor first = uniform_tensor({12, Stream::user}, 0, n, 1, torch::kFloat64).lt(kWeight[0]);
    const double m = process.mean(t), s = process.stddev(t);
    const auto draw = [&](int i) { return m * kMean[i] + z * std::hypot(m * kStddev[i], s); };
    return torch::where(first, draw(0), draw(1));
  }
  /// Probability of a value below x at time t, element by element.
  static torch::Tensor distribution(const Process& process, double t, const torch::Tensor& x) {
    const double m = process.mean(t), s = process.stddev(t);
    const auto part = [&](int i) {
      return kWeight[i] * 0.5 *
             torch::erfc((m * kMean[i] - x) / (std::sqrt(2.0) * std::hypot(m * kStddev[i], s)));
    };
    return part(0) + part(1);
  }
  /// Its inverse by bisection, for probabilities in (0, 1).
  static torch::Tensor quantile(const Process& process, double t, const torch::Tensor& probability) {
    torch::Tensor low = torch::full_like(probability, -100.0), high = torch::full_like(probability, 100.0);
    for (int i = 0; i < 60; ++i) {
      const torch::Tensor middle = 0.5 * (low + high);
      const torch::Tensor below = distribution(process, t, middle).lt(probability);
      low = torch::where(below, middle, low);
      high = torch::where(below, high, middle);
    }
    return 0.5 * (low + high);
  }
};

}  // namespace scorefem::diffusion::test
