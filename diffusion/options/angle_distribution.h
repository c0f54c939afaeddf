#pragma once

#include <torch/types.h>

namespace scorefem::diffusion {

/// How training draws the angles theta = atan(s / m) of gaussian_residual: some small ones, log tan(theta)
/// normal, the others uniform in (0, pi / 2). What a posterior that is narrow in the model's unit looks like
/// is learnt at small angles only.
struct AngleDistribution {
  double small = 0.0;        //!< share of the small ones, in [0, 1]
  double small_mean = -2.4;  //!< of log tan(theta), in [-10, 10]
  double small_sd = 1.6;     //!< of log tan(theta), in [0.01, 10]

  /// Throws std::invalid_argument naming the value and what is allowed.
  void validate() const;
  /// theta of what is uniform in (0, 1): those below `small` give the small ones. Same shape and type
  /// (float64).
  torch::Tensor quantile(const torch::Tensor& uniform) const;
};

}  // namespace scorefem::diffusion
