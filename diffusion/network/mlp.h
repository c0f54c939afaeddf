#pragma once

#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "diffusion/network/flat_network.h"
#include "diffusion/options/model_options.h"

namespace scorefem::diffusion {

/// One affine map within the flat parameter vector: weight [n_output, n_input] row by row, then bias
/// [n_output].
struct MlpLayer {
  std::int64_t n_input;
  std::int64_t n_output;
  std::int64_t weight_offset;
  std::int64_t bias_offset;
};

/// A fully connected network.
class Mlp : public FlatNetwork {
 public:
  Mlp(std::int64_t n_input, std::int64_t n_output, const ModelOptions& options);

  /// On the CPU it runs on oneDNN (see cpu_mlp.h), elsewhere on LibTorch's own operations.
  torch::Tensor operator()(const torch::Tensor& parameters, const torch::Tensor& input,
                           Precision precision = Precision::float32) const override;
  std::unique_ptr<const ConditionedNetwork> condition(const torch::Tensor& parameters, std::int64_t first,
                                                      const torch::Tensor& features,
                                                      Precision precision) const override;
  /// The same on LibTorch's own operations, on any device and in any floating-point type.
  torch::Tensor evaluate_with_torch(const torch::Tensor& parameters, const torch::Tensor& input) const;

  /// Uniform in +-1/sqrt(n_input) for weights and biases of each layer, LibTorch's own choice for linear
  /// layers; CPU, float32.
  torch::Tensor initial_parameters(const CounterRandom& random) const override;

  const std::vector<MlpLayer>& layers() const { return layers_; }
  Activation activation() const { return activation_; }
  std::int64_t n_input() const override { return layers_.front().n_input; }
  std::int64_t n_output() const override { return layers_.back().n_output; }
  std::int64_t n_parameters() const override { return n_parameters_; }

  /// Views of `parameters` by name: weight_0 [out, in], bias_0 [out], weight_1, ...
  std::vector<std::pair<std::string, torch::Tensor>> named_views(
      const torch::Tensor& parameters) const override;

 private:
  std::vector<MlpLayer> layers_;
  Activation activation_;
  std::int64_t n_parameters_ = 0;
};

}  // namespace scorefem::diffusion
