#pragma once

#include <torch/types.h>

#include <cstdint>

#include "diffusion/training/adam_kernel.h"

namespace scorefem::diffusion {

/// What an update of Adam multiplies by: see adam_update().
struct AdamFactors {
  /// `step` counts from 1.
  AdamFactors(std::int64_t step, double learning_rate, double weight_decay);

  double rate;             //!< the learning rate over the first moment's bias correction
  double root_correction;  //!< the inverse root of the second moment's
  double kept;             //!< of each parameter, before the update
};

/// Adam (Kingma and Ba, ICLR 2015) on one flat parameter vector, float32.
struct Adam {
  torch::Tensor first_moment;   //!< [n_parameters]
  torch::Tensor second_moment;  //!< [n_parameters]

  static Adam for_parameters(const torch::Tensor& parameters);
  /// One update in place; `step` counts from 1. Before it, the parameters shrink by weight_decay times
  /// learning_rate (AdamW, Loshchilov and Hutter, ICLR 2019). On the CPU.
  void update(torch::Tensor& parameters, const torch::Tensor& gradient, std::int64_t step,
              double learning_rate, double weight_decay = 0.0);
  /// The same by LibTorch's operations, on any device, with AdamFactors there: scalars, float32. `decays`:
  /// whether `kept` is other than 1.
  void update_on_device(torch::Tensor& parameters, const torch::Tensor& gradient, const torch::Tensor& kept,
                        const torch::Tensor& root_correction, const torch::Tensor& minus_rate, bool decays);
};

}  // namespace scorefem::diffusion
