#include "diffusion/training/adam.h"

#include <ATen/Parallel.h>
#include <torch/types.h>

#include <cmath>

namespace scorefem::diffusion {

AdamFactors::AdamFactors(std::int64_t step, double learning_rate, double weight_decay) {
  const auto n = static_cast<double>(step);
  rate = learning_rate / (1.0 - std::pow(AdamConstants::kBeta1, n));
  root_correction = 1.0 / std::sqrt(1.0 - std::pow(AdamConstants::kBeta2, n));
  kept = 1.0 - learning_rate * weight_decay;
}

Adam Adam::for_parameters(const torch::Tensor& parameters) {
  return {torch::zeros_like(parameters, torch::TensorOptions().requires_grad(false)),
          torch::zeros_like(parameters, torch::TensorOptions().requires_grad(false))};
}

void Adam::update(torch::Tensor& parameters, const torch::Tensor& gradient, std::int64_t step,
                  double learning_rate, double weight_decay) {
  const torch::NoGradGuard no_grad;
  const AdamFactors factors(step, learning_rate, weight_decay);
  const torch::Tensor g = gradient.contiguous();
  float* const p = parameters.data_ptr<float>();
  float* const first = first_moment.data_ptr<float>();
  float* const second = second_moment.data_ptr<float>();
  constexpr std::int64_t kGrain = 16384;
  at::parallel_for(0, parameters.numel(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    adam_update(p + begin, first + begin, second + begin, g.data_ptr<float>() + begin, end - begin,
                static_cast<float>(factors.rate), static_cast<float>(factors.root_correction),
                static_cast<float>(factors.kept));
  });
}

void Adam::update_on_device(torch::Tensor& parameters, const torch::Tensor& gradient,
                            const torch::Tensor& kept, const torch::Tensor& root_correction,
                            const torch::Tensor& minus_rate, bool decays) {
  const torch::NoGradGuard no_grad;
  first_moment.lerp_(gradient, 1.0 - AdamConstants::kBeta1);
  second_moment.mul_(AdamConstants::kBeta2).addcmul_(gradient, gradient, 1.0 - AdamConstants::kBeta2);
  const torch::Tensor root = second_moment.sqrt().mul_(root_correction).add_(AdamConstants::kEpsilon);
  if (decays) parameters.mul_(kept);
  parameters.addcmul_(first_moment / root, minus_rate);
}

}  // namespace scorefem::diffusion
