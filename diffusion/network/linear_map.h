#pragma once

#include <torch/types.h>

namespace scorefem::diffusion {

/// x W^T + b for x [rows, n_input], W [n_output, n_input], b [n_output]; differentiable in all. On the CPU in
/// float32 on oneDNN, on the calling thread if that is one of a parallel region; elsewhere on LibTorch.
/// Throws std::runtime_error if oneDNN fails.
torch::Tensor linear_map(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias);

}  // namespace scorefem::diffusion
