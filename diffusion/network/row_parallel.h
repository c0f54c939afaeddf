#pragma once

#include <torch/types.h>

#include <functional>
#include <vector>

namespace scorefem::diffusion {

/// A differentiable function of each row of its input alone, made of LibTorch's operations.
struct RowFunction {
  /// The parameters' parts, in an order of its own.
  std::function<std::vector<torch::Tensor>(const torch::Tensor& parameters)> parts;
  /// [rows, n] for those and `input` [rows, m].
  std::function<torch::Tensor(const std::vector<torch::Tensor>& parts, const torch::Tensor& input)> output;
};

/// The function's output, differentiable in `parameters` [n] and `input` (CPU, float32) as often as its graph
/// is kept, but not twice. Data-parallel: each OpenMP thread takes a range of rows through all of it, forward
/// and backward, and has a gradient of its own; these are added in the order of the ranges, so the result is
/// bit-identical for the same threads_asked_for(), however many there are.
torch::Tensor evaluate_rows(const RowFunction& function, const torch::Tensor& parameters,
                            const torch::Tensor& input);

}  // namespace scorefem::diffusion
