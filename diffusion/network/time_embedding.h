#pragma once

#include <torch/types.h>

namespace scorefem::diffusion {

constexpr std::int64_t kTimeEmbeddingSize = 4;

/// [t - 1/2, cos 2 pi t, sin 2 pi t, -cos 4 pi t] (paper, Eq. 59): [n] -> [n, 4], same type and device.
torch::Tensor time_embedding(const torch::Tensor& t);

}  // namespace scorefem::diffusion
