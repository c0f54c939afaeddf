#include "diffusion/network/mlp.h"

#include <torch/nn/functional/linear.h>
#include <torch/types.h>

#include <cmath>

#include "diffusion/network/affine_parts.h"
#include "diffusion/numerics/random_tensor.h"

namespace scorefem::diffusion {

Mlp::Mlp(std::int64_t n_input, std::int64_t n_output, const ModelOptions& options)
    : activation_(options.activation) {
  std::vector<std::int64_t> widths(static_cast<std::size_t>(options.hidden_layers), options.width);
  widths.insert(widths.begin(), n_input);
  widths.push_back(n_output);
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
    const std::int64_t bias_offset = n_parameters_ + widths[i] * widths[i + 1];
    layers_.push_back({widths[i], widths[i + 1], n_parameters_, bias_offset});
    n_parameters_ = bias_offset + widths[i + 1];
  }
}

torch::Tensor Mlp::evaluate_with_torch(const torch::Tensor& parameters, const torch::Tensor& input) const {
  torch::Tensor hidden = input;
  const auto views = named_views(parameters);
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    hidden = torch::nn::functional::linear(hidden, views[2 * i].second, views[2 * i + 1].second);
    if (i + 1 < layers_.size())
      hidden = activation_ == Activation::relu ? torch::relu(hidden) : torch::silu(hidden);
  }
  return hidden;
}

torch::Tensor Mlp::initial_parameters(const CounterRandom& random) const {
  torch::Tensor parameters = torch::empty({n_parameters_}, torch::kFloat32);
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const MlpLayer& layer = layers_[i];
    const std::int64_t n = layer.bias_offset + layer.n_output - layer.weight_offset;
    const double bound = 1.0 / std::sqrt(static_cast<double>(layer.n_input));
    const torch::Tensor uniform = uniform_tensor(random, i, 1, n, torch::kFloat64)[0];
    parameters.narrow(0, layer.weight_offset, n).copy_((2.0 * uniform - 1.0) * bound);
  }
  return parameters;
}

std::vector<std::pair<std::string, torch::Tensor>> Mlp::named_views(const torch::Tensor& parameters) const {
  std::vector<AffineShape> shapes;
  for (const MlpLayer& layer : layers_) shapes.push_back({layer.n_input, layer.n_output});
  const std::vector<torch::Tensor> parts = affine_parts(parameters, shapes);
  std::vector<std::pair<std::string, torch::Tensor>> views;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    views.emplace_back("weight_" + std::to_string(i), parts[2 * i]);
    views.emplace_back("bias_" + std::to_string(i), parts[2 * i + 1]);
  }
  return views;
}

}  // namespace scorefem::diffusion
