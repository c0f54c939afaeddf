#include "diffusion/model/min_max_scaling.h"

#include <torch/torch.h>

namespace scorefem::diffusion {

MinMaxScaling MinMaxScaling::of(const torch::Tensor& data) {
  const torch::Tensor wide = data.to(torch::kFloat64);
  const torch::Tensor minimum = std::get<0>(wide.min(0));
  return {minimum, std::get<0>(wide.max(0)) - minimum};
}

torch::Tensor MinMaxScaling::forward(const torch::Tensor& physical) const {
  return (physical - minimum.to(physical.options())) / range.to(physical.options());
}

torch::Tensor MinMaxScaling::inverse(const torch::Tensor& scaled) const {
  return scaled * range.to(scaled.options()) + minimum.to(scaled.options());
}

}  // namespace scorefem::diffusion
