#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

namespace scorefem::diffusion {

/// An affine map's sizes.
struct AffineShape {
  std::int64_t n_input, n_output;
};

/// Views of a flat parameter vector that holds such maps one behind the other, each its weight row by row,
/// then its bias: weight [n_output, n_input] and bias [n_output] of each in turn. One operation makes them
/// all, so that the gradients of the parts become that of the whole in one piece.
std::vector<torch::Tensor> affine_parts(const torch::Tensor& parameters,
                                        const std::vector<AffineShape>& shapes);

}  // namespace scorefem::diffusion
