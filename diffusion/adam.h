#pragma once

#include <torch/types.h>

#include <cstdint>

namespace scorefem::diffusion {

/// Adam (Kingma and Ba, ICLR 2015) with beta = (0.9, 0.999), epsilon = 1e-8, on one flat parameter vector.
struct Adam {
  torch::Tensor first_moment;   //!< [n_parameters]
  torch::Tensor second_moment;  //!< [n_parameters]

  static Adam for_parameters(const torch::Tensor& parameters);
  /// One update in place; `step` counts from 1.
  void update(torch::Tensor& parameters, const torch::Tensor& gradient, std::int64_t step,
              double learning_rate);
};

}  // namespace scorefem::diffusion
