#pragma once

#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "diffusion/network/conditioned_network.h"
#include "diffusion/numerics/counter_random.h"
#include "diffusion/options/precision.h"

namespace scorefem::diffusion {

/// A network as a pure function of one flat parameter vector: averaging, optimising and storing the weights
/// are then operations on one tensor.
class FlatNetwork {
 public:
  FlatNetwork() = default;
  FlatNetwork(const FlatNetwork&) = default;
  FlatNetwork& operator=(const FlatNetwork&) = default;
  virtual ~FlatNetwork() = default;

  /// Output [rows, n_output] for `input` [rows, n_input], both float32 on the device of `parameters`
  /// [n_parameters()]. Differentiable in both. On the CPU its matrix products run on oneDNN, elsewhere on
  /// LibTorch. `precision` is that of the layers where no gradient is wanted. Throws std::invalid_argument
  /// for a precision that processor or network lacks.
  virtual torch::Tensor operator()(const torch::Tensor& parameters, const torch::Tensor& input,
                                   Precision precision = Precision::float32) const = 0;
  /// The same with the columns of the input from `first` on fixed to `features` [n, ..] float32, those of n
  /// measurements, on the device of `parameters`. The network must outlive it, and `parameters` not change.
  virtual std::unique_ptr<const ConditionedNetwork> condition(const torch::Tensor& parameters,
                                                              std::int64_t first,
                                                              const torch::Tensor& features,
                                                              Precision precision) const = 0;

  /// Weights to start training from; CPU, float32.
  virtual torch::Tensor initial_parameters(const CounterRandom& random) const = 0;
  virtual std::int64_t n_input() const = 0;
  virtual std::int64_t n_output() const = 0;
  virtual std::int64_t n_parameters() const = 0;

  /// Views of `parameters` by name, which cover it once.
  virtual std::vector<std::pair<std::string, torch::Tensor>> named_views(
      const torch::Tensor& parameters) const = 0;
};

}  // namespace scorefem::diffusion
