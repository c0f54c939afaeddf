#include "diffusion/network/time_embedding.h"

#include <torch/types.h>

namespace scorefem::diffusion {

torch::Tensor time_embedding(const torch::Tensor& t) {
  constexpr double kTwoPi = 6.283185307179586476925286766559;
  return torch::stack(
      {t - 0.5, torch::cos(kTwoPi * t), torch::sin(kTwoPi * t), -torch::cos(2.0 * kTwoPi * t)}, 1);
}

}  // namespace scorefem::diffusion
