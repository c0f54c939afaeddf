#pragma once

#include <torch/types.h>

#include <cstdint>

namespace scorefem::diffusion {

/// A network whose weights are fixed and whose input has columns that belong to a measurement and others that
/// move: what depends on the former alone is computed once.
class ConditionedNetwork {
 public:
  ConditionedNetwork() = default;
  ConditionedNetwork(const ConditionedNetwork&) = delete;
  ConditionedNetwork& operator=(const ConditionedNetwork&) = delete;
  virtual ~ConditionedNetwork() = default;

  /// Output [rows, n_output] for the moving columns [rows, n_input - features' columns], float32; row i is of
  /// measurement row[i] (int64 [rows]). For any number of threads at once.
  virtual torch::Tensor operator()(const torch::Tensor& moving, const torch::Tensor& row) const = 0;
  /// The same in float32, differentiable in `moving`.
  virtual torch::Tensor differentiable(const torch::Tensor& moving, const torch::Tensor& row) const = 0;
};

/// A network's whole input: the moving columns, and from column `first` on the features [n, ..] of
/// measurement row[i] in row i.
torch::Tensor with_features(const torch::Tensor& moving, std::int64_t first, const torch::Tensor& features,
                            const torch::Tensor& row);

/// The other way round: [n, m] without its `count` columns from `first` on.
torch::Tensor without_columns(const torch::Tensor& x, std::int64_t first, std::int64_t count);

}  // namespace scorefem::diffusion
