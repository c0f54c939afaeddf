#include "diffusion/model/min_max_scaling.h"

#include <torch/types.h>

#include "diffusion/model/pairs.h"

namespace scorefem::diffusion {

MinMaxScaling MinMaxScaling::of(
    std::int64_t rows, std::int64_t columns,
    const std::function<torch::Tensor(std::int64_t begin, std::int64_t n)>& block) {
  torch::Tensor minimum, maximum;
  for_each_block(rows, columns, [&](std::int64_t begin, std::int64_t n) {
    const torch::Tensor values = block(begin, n);
    const torch::Tensor least = std::get<0>(values.min(0)), greatest = std::get<0>(values.max(0));
    minimum = minimum.defined() ? torch::minimum(minimum, least) : least;
    maximum = maximum.defined() ? torch::maximum(maximum, greatest) : greatest;
  });
  return {minimum, maximum - minimum};
}

torch::Tensor MinMaxScaling::forward(const torch::Tensor& physical) const {
  return (physical - minimum.to(physical.options())) / range.to(physical.options());
}

torch::Tensor MinMaxScaling::inverse(const torch::Tensor& scaled) const {
  return scaled * range.to(scaled.options()) + minimum.to(scaled.options());
}

}  // namespace scorefem::diffusion
