// Mlp::operator() and condition(): a file of its own, so that the network and what evaluates it do not
// include each other.
#include <torch/types.h>

#include "diffusion/network/conditioned_mlp.h"
#include "diffusion/network/cpu_mlp.h"
#include "diffusion/network/mlp.h"

namespace scorefem::diffusion {

torch::Tensor Mlp::operator()(const torch::Tensor& parameters, const torch::Tensor& input,
                              Precision precision) const {
  if (input.device().is_cpu() && input.scalar_type() == torch::kFloat32)
    return cpu_mlp(*this, parameters, input, precision);
  if (precision == Precision::bfloat16 && !torch::GradMode::is_enabled())
    return evaluate_with_torch(parameters.to(torch::kBFloat16), input.to(torch::kBFloat16))
        .to(input.scalar_type());
  return evaluate_with_torch(parameters, input);
}

std::unique_ptr<const ConditionedNetwork> Mlp::condition(const torch::Tensor& parameters, std::int64_t first,
                                                         const torch::Tensor& features,
                                                         Precision precision) const {
  return std::make_unique<ConditionedMlp>(*this, parameters, first, features, precision);
}

}  // namespace scorefem::diffusion
