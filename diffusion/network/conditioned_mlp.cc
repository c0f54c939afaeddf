#include "diffusion/network/conditioned_mlp.h"

#include <torch/types.h>

#include <utility>

namespace scorefem::diffusion {

ConditionedMlp::ConditionedMlp(const Mlp& mlp, torch::Tensor parameters, std::int64_t first,
                               torch::Tensor features, Precision precision)
    : mlp_(mlp),
      parameters_(std::move(parameters)),
      features_(std::move(features)),
      first_(first),
      precision_(precision) {
  if (!parameters_.device().is_cpu()) return;
  on_cpu_.emplace(mlp_, parameters_, precision_, Columns{first_, features_.size(1)});
  offset_ = on_cpu_->offset(features_);
}

torch::Tensor ConditionedMlp::operator()(const torch::Tensor& moving, const torch::Tensor& row) const {
  const torch::NoGradGuard no_grad;
  if (on_cpu_) return (*on_cpu_)(moving, offset_, row);
  return mlp_(parameters_, with_features(moving, first_, features_, row), precision_);
}

torch::Tensor ConditionedMlp::differentiable(const torch::Tensor& moving, const torch::Tensor& row) const {
  return mlp_(parameters_, with_features(moving, first_, features_, row));
}

}  // namespace scorefem::diffusion
