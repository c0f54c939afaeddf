#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>

namespace scorefem::diffusion {

/// Column-wise affine map to [0, 1] by the extrema of a training set.
struct MinMaxScaling {
  torch::Tensor minimum;  //!< [columns], float64, on any device: fastest where what is scaled lies
  torch::Tensor range;    //!< [columns], float64, > 0

  /// Of `rows` rows of so many columns; `block(begin, n)` gives n of them from `begin` on, float64.
  static MinMaxScaling of(std::int64_t rows, std::int64_t columns,
                          const std::function<torch::Tensor(std::int64_t begin, std::int64_t n)>& block);
  MinMaxScaling to(torch::Device device) const { return {minimum.to(device), range.to(device)}; }
  torch::Tensor forward(const torch::Tensor& physical) const;
  torch::Tensor inverse(const torch::Tensor& scaled) const;
};

}  // namespace scorefem::diffusion
