#pragma once

#include <torch/types.h>

#include "diffusion/model/pairs.h"
#include "diffusion/numerics/random_tensor.h"

namespace scorefem::diffusion::test {

/// Joint samples of x ~ N(mean, stddev^2 I) in R^2 and y = A x in R^3: a small problem whose posterior is
/// Gaussian in closed form.
struct GaussianPairs {
  torch::Tensor map = torch::tensor({{1.0, 0.5}, {-0.5, 1.0}, {0.3, -0.8}}, torch::kFloat64);
  double mean = 3.0;
  double stddev = 0.7;

  Pairs draw(std::int64_t n, std::uint64_t seed = 1) const {
    const CounterRandom random(seed, Stream::user);
    Pairs pairs;
    pairs.inferred = mean + stddev * normal_tensor(random, 0, n, 2, torch::kFloat64);
    pairs.measured = pairs.inferred.matmul(map.t());
    pairs.noise = normal_tensor({seed, Stream{2}}, 0, n, 3, torch::kFloat64);
    pairs.mask = uniform_tensor({seed, Stream{3}}, 0, n, 3, torch::kFloat64).lt(0.7).to(torch::kFloat64);
    return pairs;
  }

  /// Posterior covariance [2, 2] and mean [2] for a noisy measurement [3], using only sensors whose mask
  /// is 1.
  std::pair<torch::Tensor, torch::Tensor> posterior(const torch::Tensor& y, const torch::Tensor& mask,
                                                    double noise) const {
    const torch::Tensor on = torch::diag(mask / (noise * noise));
    const torch::Tensor precision =
        map.t().matmul(on).matmul(map) + torch::eye(2, torch::kFloat64) / (stddev * stddev);
    const torch::Tensor covariance = torch::linalg_inv(precision);
    const torch::Tensor prior_mean = torch::full({2}, mean, torch::kFloat64);
    const torch::Tensor misfit = y - map.matmul(prior_mean);
    return {covariance, prior_mean + covariance.matmul(map.t().matmul(on.matmul(misfit)))};
  }
};

}  // namespace scorefem::diffusion::test
