#include "diffusion/options/angle_distribution.h"

#include <torch/types.h>

#include <algorithm>

#include "diffusion/numerics/require.h"

namespace scorefem::diffusion {

void AngleDistribution::validate() const {
  require(small >= 0.0 && small <= 1.0, "training: small_angles", small, "[0, 1]");
  require(small_mean >= -10.0 && small_mean <= 10.0, "training: small_angle_mean", small_mean, "[-10, 10]");
  require(small_sd >= 0.01 && small_sd <= 10.0, "training: small_angle_sd", small_sd, "[0.01, 10]");
}

torch::Tensor AngleDistribution::quantile(const torch::Tensor& uniform) const {
  constexpr double kHalfPi = 1.57079632679489661923;
  if (small == 0.0) return kHalfPi * uniform;
  const torch::Tensor is_small = uniform.lt(small);
  const torch::Tensor normal = torch::special_ndtri((uniform / small).clamp(1e-12, 1.0 - 1e-12));
  const torch::Tensor other = kHalfPi * ((uniform - small) / std::max(1.0 - small, 1e-12));
  return torch::where(is_small, (small_mean + small_sd * normal).exp().atan(), other);
}

}  // namespace scorefem::diffusion
