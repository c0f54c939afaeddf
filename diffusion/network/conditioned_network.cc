#include "diffusion/network/conditioned_network.h"

#include <torch/torch.h>

namespace scorefem::diffusion {

torch::Tensor with_features(const torch::Tensor& moving, std::int64_t first, const torch::Tensor& features,
                            const torch::Tensor& row) {
  return torch::cat({moving.narrow(1, 0, first), features.index_select(0, row),
                     moving.narrow(1, first, moving.size(1) - first)},
                    1);
}

}  // namespace scorefem::diffusion
