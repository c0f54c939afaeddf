#pragma once

#include <torch/types.h>

#include "diffusion/numerics/counter_random.h"

namespace scorefem::diffusion {

/// Standard normal numbers [rows, columns] on the CPU; row i holds the numbers of index `first_index` + i.
torch::Tensor normal_tensor(const CounterRandom& random, std::uint64_t first_index, std::int64_t rows,
                            std::int64_t columns, torch::Dtype dtype);

/// The same, uniform in (0, 1).
torch::Tensor uniform_tensor(const CounterRandom& random, std::uint64_t first_index, std::int64_t rows,
                             std::int64_t columns, torch::Dtype dtype);

/// The same numbers for any indices, on their device: row i holds those of index[i] (int64 [rows], >= 0). On
/// another device than the CPU normal numbers may differ in their last bits.
torch::Tensor normal_tensor(const CounterRandom& random, const torch::Tensor& index, std::int64_t columns,
                            torch::Dtype dtype);
torch::Tensor uniform_tensor(const CounterRandom& random, const torch::Tensor& index, std::int64_t columns,
                             torch::Dtype dtype);

/// A permutation of 0..n-1 [n], int64, that belongs to `index`.
torch::Tensor permutation(const CounterRandom& random, std::uint64_t index, std::int64_t n);

}  // namespace scorefem::diffusion
