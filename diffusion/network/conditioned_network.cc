#include "diffusion/network/conditioned_network.h"

#include <torch/types.h>

namespace scorefem::diffusion {

torch::Tensor with_features(const torch::Tensor& moving, std::int64_t first, const torch::Tensor& features,
                            const torch::Tensor& row) {
  return torch::cat({moving.narrow(1, 0, first), features.index_select(0, row),
                     moving.narrow(1, first, moving.size(1) - first)},
                    1);
}

torch::Tensor without_columns(const torch::Tensor& x, std::int64_t first, std::int64_t count) {
  const std::int64_t end = first + count;
  return torch::cat({x.narrow(1, 0, first), x.narrow(1, end, x.size(1) - end)}, 1);
}

}  // namespace scorefem::diffusion
