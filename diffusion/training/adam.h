#pragma once

#include <torch/types.h>

#include <cstdint>

#include "diffusion/training/adam_kernel.h"

namespace scorefem::diffusion {

/// Adam (Kingma and Ba, ICLR 2015) on one flat parameter vector, float32.
struct Adam {
  torch::Tensor first_moment;   //!< [n_parameters]
  torch::Tensor second_moment;  //!< [n_parameters]

  static Adam for_parameters(const torch::Tensor& parameters);
  /// One update in place; `step` counts from 1. Before it, the parameters shrink by weight_decay times
  /// learning_rate (AdamW, Loshchilov and Hutter, ICLR 2019).
  void update(torch::Tensor& parameters, const torch::Tensor& gradient, std::int64_t step,
              double learning_rate, double weight_decay = 0.0);
};

}  // namespace scorefem::diffusion
