#include "diffusion/adam.h"

#include <torch/torch.h>

#include <cmath>

namespace scorefem::diffusion {

Adam Adam::for_parameters(const torch::Tensor& parameters) {
  return {torch::zeros_like(parameters, torch::TensorOptions().requires_grad(false)),
          torch::zeros_like(parameters, torch::TensorOptions().requires_grad(false))};
}

void Adam::update(torch::Tensor& parameters, const torch::Tensor& gradient, std::int64_t step,
                  double learning_rate) {
  constexpr double kBeta1 = 0.9;
  constexpr double kBeta2 = 0.999;
  constexpr double kEpsilon = 1e-8;
  const torch::NoGradGuard no_grad;
  const auto n = static_cast<double>(step);
  const double correction1 = 1.0 - std::pow(kBeta1, n);
  const double correction2 = 1.0 - std::pow(kBeta2, n);
  first_moment.mul_(kBeta1).add_(gradient, 1.0 - kBeta1);
  second_moment.mul_(kBeta2).addcmul_(gradient, gradient, 1.0 - kBeta2);
  const torch::Tensor scale = second_moment.sqrt().div_(std::sqrt(correction2)).add_(kEpsilon);
  parameters.addcdiv_(first_moment, scale, -learning_rate / correction1);
}

}  // namespace scorefem::diffusion
