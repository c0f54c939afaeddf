#pragma once

#include <torch/types.h>

#include "diffusion/numerics/counter_random.h"

namespace scorefem::diffusion {

/// CounterRandom::uniforms() of each row, made by LibTorch's operations on the device of `index` (int64
/// [rows]): float64 [rows, columns], the same bits as on the host.
torch::Tensor philox_uniforms(const CounterRandom& random, const torch::Tensor& index, std::int64_t columns);

/// The same for CounterRandom::normals(): but for the last bits of logarithm, sine and cosine.
torch::Tensor philox_normals(const CounterRandom& random, const torch::Tensor& index, std::int64_t columns);

}  // namespace scorefem::diffusion
