#pragma once

#include <functional>

#include "diffusion/model/model.h"

namespace scorefem::diffusion {

/// A field and its divergence by reverse differentiation, component by component.
/// @param w [rows, dimension] float64
/// @param options type and device in which the field is evaluated
/// @param field of such a tensor, same shape, each row of its own row alone
FlowDivergence with_divergence(const torch::Tensor& w, const torch::TensorOptions& options,
                               const std::function<torch::Tensor(const torch::Tensor&)>& field);

}  // namespace scorefem::diffusion
