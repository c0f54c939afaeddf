#pragma once

#include <torch/types.h>

namespace scorefem::diffusion {

/// Column-wise affine map to [0, 1] by the extrema of a training set.
struct MinMaxScaling {
  torch::Tensor minimum;  //!< [columns], float64
  torch::Tensor range;    //!< [columns], float64, > 0

  static MinMaxScaling of(const torch::Tensor& data);
  torch::Tensor forward(const torch::Tensor& physical) const;
  torch::Tensor inverse(const torch::Tensor& scaled) const;
};

}  // namespace scorefem::diffusion
