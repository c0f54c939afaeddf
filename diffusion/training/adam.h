#pragma once

#include <torch/types.h>

#include <cstdint>

namespace scorefem::diffusion {

/// Adam (Kingma and Ba, ICLR 2015) on one flat parameter vector, float32.
struct Adam {
  static constexpr double kBeta1 = 0.9;
  static constexpr double kBeta2 = 0.999;
  static constexpr double kEpsilon = 1e-8;

  torch::Tensor first_moment;   //!< [n_parameters]
  torch::Tensor second_moment;  //!< [n_parameters]

  static Adam for_parameters(const torch::Tensor& parameters);
  /// One update in place; `step` counts from 1.
  void update(torch::Tensor& parameters, const torch::Tensor& gradient, std::int64_t step,
              double learning_rate);
};

}  // namespace scorefem::diffusion
