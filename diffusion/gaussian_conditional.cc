#include "diffusion/gaussian_conditional.h"

#include <torch/torch.h>

namespace scorefem::diffusion {

JointMoments JointMoments::of(const torch::Tensor& inferred, const torch::Tensor& measured) {
  const torch::Tensor joint = torch::cat({inferred.to(torch::kFloat64), measured.to(torch::kFloat64)}, 1);
  const torch::Tensor mean = joint.mean(0);
  const torch::Tensor centred = joint - mean;
  const torch::Tensor covariance = centred.t().matmul(centred) / static_cast<double>(joint.size(0));
  const std::int64_t d = inferred.size(1), m = measured.size(1);
  return {mean.narrow(0, 0, d), mean.narrow(0, d, m), covariance};
}

GaussianConditional GaussianConditional::of(const JointMoments& moments, const torch::Tensor& mask,
                                            const torch::Tensor& noise_std) {
  // Relative to the largest variance: keeps a noise-free, nearly redundant set of sensors invertible.
  constexpr double kJitter = 1e-12;
  constexpr double kSmallestVariance = 1e-12;
  const std::int64_t d = moments.mean_inferred.size(0), m = moments.mean_measured.size(0);
  const torch::Tensor prior = moments.covariance.narrow(0, 0, d).narrow(1, 0, d);
  const torch::Tensor cross = moments.covariance.narrow(0, d, m).narrow(1, 0, d);  // [m, d]
  const torch::Tensor measured = moments.covariance.narrow(0, d, m).narrow(1, d, m);
  const torch::Tensor on = mask.to(torch::kFloat64).unsqueeze(2);  // [n, m, 1]
  const torch::Tensor variance = noise_std.to(torch::kFloat64).square().view({-1, 1, 1});
  const double jitter = kJitter * measured.diagonal().max().item<double>();
  // A sensor that is off becomes independent of everything, with variance 1.
  const torch::Tensor diagonal = (on * (variance + jitter) + (1.0 - on)).squeeze(2);
  const torch::Tensor masked = on * measured * on.transpose(1, 2) + torch::diag_embed(diagonal);
  const torch::Tensor masked_cross = on * cross;  // [n, m, d]
  const torch::Tensor factor = torch::linalg_cholesky(masked);
  GaussianConditional result;
  result.gain = torch::cholesky_solve(masked_cross, factor).contiguous();
  const torch::Tensor covariance = prior - masked_cross.transpose(1, 2).matmul(result.gain);
  const auto [values, vectors] = torch::linalg_eigh(0.5 * (covariance + covariance.transpose(1, 2)), "L");
  const double floor = kSmallestVariance * prior.diagonal().max().item<double>();
  const torch::Tensor roots = values.clamp_min(floor).sqrt().unsqueeze(1);  // [n, 1, d]
  result.root = (vectors * roots).matmul(vectors.transpose(1, 2)).contiguous();
  result.inverse_root = (vectors / roots).matmul(vectors.transpose(1, 2)).contiguous();
  result.stddev = result.root.square().sum(2).sqrt();
  return result;
}

}  // namespace scorefem::diffusion
