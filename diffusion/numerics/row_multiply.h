#pragma once

#include <torch/types.h>

namespace scorefem::diffusion {

/// Row i of the result [rows, b] is x[i] matrices[index[i]]: a small matrix of its own for each row. x [rows,
/// a] and matrices [n, a, b] of one type, float32 or float64, contiguous; index int64 [rows]; all on one
/// device. With `transposed` it is x[i] matrices[index[i]]^T, for x [rows, b]. Differentiable in x.
torch::Tensor row_multiply(const torch::Tensor& x, const torch::Tensor& matrices, const torch::Tensor& index,
                           bool transposed = false);

}  // namespace scorefem::diffusion
