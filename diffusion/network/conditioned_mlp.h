#pragma once

#include <torch/types.h>

#include <optional>

#include "diffusion/network/conditioned_network.h"
#include "diffusion/network/cpu_inference.h"
#include "diffusion/network/mlp.h"

namespace scorefem::diffusion {

/// A fully connected network for measurements that are fixed: what their columns add to its first layer is
/// computed once.
class ConditionedMlp : public ConditionedNetwork {
 public:
  /// `features` [n, ..] float32: the columns from `first` on, of n measurements; on the device of
  /// `parameters`, which must not change as long as this exists. `mlp` must outlive it. Throws
  /// std::invalid_argument for bfloat16 where the processor lacks it.
  ConditionedMlp(const Mlp& mlp, torch::Tensor parameters, std::int64_t first, torch::Tensor features,
                 Precision precision);

  torch::Tensor operator()(const torch::Tensor& moving, const torch::Tensor& row) const override;
  torch::Tensor differentiable(const torch::Tensor& moving, const torch::Tensor& row) const override;

 private:
  const Mlp& mlp_;
  torch::Tensor parameters_, features_;
  std::int64_t first_;
  Precision precision_;
  std::optional<CpuInference> on_cpu_;
  FirstLayerOffset offset_;
};

}  // namespace scorefem::diffusion
