#include "diffusion/network/affine_parts.h"

#include <torch/types.h>

namespace scorefem::diffusion {

std::vector<torch::Tensor> affine_parts(const torch::Tensor& parameters,
                                        const std::vector<AffineShape>& shapes) {
  std::vector<std::int64_t> sizes;
  for (const AffineShape& shape : shapes) {
    sizes.push_back(shape.n_input * shape.n_output);
    sizes.push_back(shape.n_output);
  }
  std::vector<torch::Tensor> parts = parameters.split_with_sizes(sizes);
  for (std::size_t i = 0; i < shapes.size(); ++i)
    parts[2 * i] = parts[2 * i].view({shapes[i].n_output, shapes[i].n_input});
  return parts;
}

}  // namespace scorefem::diffusion
