#include "diffusion/network/residual_network.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <tuple>

#include "diffusion/network/affine_parts.h"
#include "diffusion/network/linear_map.h"
#include "diffusion/network/row_parallel.h"
#include "diffusion/numerics/random_tensor.h"

namespace scorefem::diffusion {

namespace {

constexpr std::int64_t kFrequencies = 16;
constexpr double kLowest = 0.1, kHighest = 4.0;  // of log tan(theta)
constexpr double kSmallestAngle = 1e-3;          // below, and as near to pi / 2, angles look alike
constexpr double kNormEpsilon = 1e-5;
constexpr std::int64_t kRowsInCache = 256;
constexpr std::int64_t kAngleColumns = 2;

/// [rows, 2 kFrequencies] of an angle's cosine and sine [rows, 1].
torch::Tensor angle_embedding(const torch::Tensor& cosine, const torch::Tensor& sine) {
  const torch::Tensor log_ratio =
      sine.clamp_min(kSmallestAngle).log() - cosine.clamp_min(kSmallestAngle).log();
  const torch::Tensor frequencies = torch::logspace(std::log10(kLowest), std::log10(kHighest), kFrequencies,
                                                    10.0, sine.options().dtype(torch::kFloat64))
                                        .to(sine.scalar_type());
  const torch::Tensor phase = log_ratio * frequencies;
  return torch::cat({phase.sin(), phase.cos()}, 1);
}

void require_float32(Precision precision) {
  if (precision != Precision::float32)
    throw std::invalid_argument("precision: bfloat16 is there for layers: plain only; take float32");
}

torch::Tensor normalised(const torch::Tensor& x) {
  return torch::layer_norm(x, {x.size(1)}, {}, {}, kNormEpsilon);
}

}  // namespace

ResidualNetwork::ResidualNetwork(std::int64_t n_input, const ConditionColumns& columns, std::int64_t n_output,
                                 const ModelOptions& options)
    : n_input_(n_input),
      n_output_(n_output),
      width_(options.width),
      n_blocks_(options.hidden_layers),
      columns_(columns) {
  const std::int64_t n_state = n_input - columns.count - kAngleColumns - columns.skipped;
  const std::int64_t n_embedding = std::max<std::int64_t>(width_ / 2, 1);
  add_layer("input", n_state, width_, false);
  add_layer("embedding_0", columns.count + 2 * kFrequencies, n_embedding, false);
  add_layer("embedding_1", n_embedding, n_embedding, false);
  for (std::int64_t i = 0; i < n_blocks_; ++i) {
    const std::string block = "block_" + std::to_string(i);
    add_layer(block + "_modulation", n_embedding, 3 * width_, true);
    add_layer(block + "_inner", width_, width_, false);
    add_layer(block + "_outer", width_, width_, false);
  }
  add_layer("output_modulation", n_embedding, 2 * width_, true);
  add_layer("output", width_, n_output, true);
}

void ResidualNetwork::add_layer(const std::string& name, std::int64_t n_input, std::int64_t n_output,
                                bool starts_at_zero) {
  layers_.push_back({name, n_input, n_output, n_parameters_, starts_at_zero});
  n_parameters_ += (n_input + 1) * n_output;
}

std::vector<std::pair<std::string, torch::Tensor>> ResidualNetwork::named_views(
    const torch::Tensor& parameters) const {
  const Parts all = parts(parameters);
  std::vector<std::pair<std::string, torch::Tensor>> views;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    views.emplace_back(layers_[i].name + "_weight", all[2 * i]);
    views.emplace_back(layers_[i].name + "_bias", all[2 * i + 1]);
  }
  return views;
}

ResidualNetwork::Parts ResidualNetwork::parts(const torch::Tensor& parameters) const {
  std::vector<AffineShape> shapes;
  for (const Layer& layer : layers_) shapes.push_back({layer.n_input, layer.n_output});
  return affine_parts(parameters, shapes);
}

torch::Tensor ResidualNetwork::initial_parameters(const CounterRandom& random) const {
  torch::Tensor parameters = torch::zeros({n_parameters_}, torch::kFloat32);
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const Layer& layer = layers_[i];
    if (layer.starts_at_zero) continue;
    const std::int64_t n = (layer.n_input + 1) * layer.n_output;
    const double bound = 1.0 / std::sqrt(static_cast<double>(layer.n_input));
    const torch::Tensor uniform = uniform_tensor(random, i, 1, n, torch::kFloat64)[0];
    parameters.narrow(0, layer.offset, n).copy_((2.0 * uniform - 1.0) * bound);
  }
  return parameters;
}

ResidualNetwork::Parts ResidualNetwork::modulations(const Parts& parts, const torch::Tensor& features,
                                                    const torch::Tensor& cosine,
                                                    const torch::Tensor& sine) const {
  torch::Tensor embedding = torch::cat({features, angle_embedding(cosine, sine)}, 1);
  embedding = torch::silu(linear_map(embedding, parts[2], parts[3]));
  embedding = torch::silu(linear_map(embedding, parts[4], parts[5]));
  Parts all;
  for (std::int64_t i = 0; i <= n_blocks_; ++i) {
    const auto k = static_cast<std::size_t>(6 + 6 * i);
    all.push_back(linear_map(embedding, parts[k], parts[k + 1]));
  }
  return all;
}

torch::Tensor ResidualNetwork::blocks(const Parts& parts, const torch::Tensor& state,
                                      const Parts& modulations) const {
  torch::Tensor h = linear_map(state, parts[0], parts[1]);
  const auto modulated = [&](const torch::Tensor& modulation) {
    return torch::addcmul(modulation.narrow(1, width_, width_), normalised(h),
                          modulation.narrow(1, 0, width_) + 1.0);
  };
  for (std::int64_t i = 0; i < n_blocks_; ++i) {
    const auto k = static_cast<std::size_t>(6 + 6 * i);
    const torch::Tensor& modulation = modulations[static_cast<std::size_t>(i)];
    const torch::Tensor inner = torch::silu(linear_map(modulated(modulation), parts[k + 2], parts[k + 3]));
    h = torch::addcmul(h, linear_map(inner, parts[k + 4], parts[k + 5]),
                       modulation.narrow(1, 2 * width_, width_));
  }
  return linear_map(modulated(modulations.back()), parts[parts.size() - 2], parts.back());
}

torch::Tensor ResidualNetwork::output(const Parts& parts, const torch::Tensor& input) const {
  const std::int64_t angle = columns_.first + columns_.count;
  const torch::Tensor state =
      without_columns(input, columns_.first, columns_.count + kAngleColumns + columns_.skipped);
  return blocks(parts, state,
                modulations(parts, input.narrow(1, columns_.first, columns_.count), input.narrow(1, angle, 1),
                            input.narrow(1, angle + 1, 1)));
}

torch::Tensor ResidualNetwork::evaluate_with_torch(const torch::Tensor& parameters,
                                                   const torch::Tensor& input) const {
  return output(parts(parameters), input);
}

torch::Tensor ResidualNetwork::operator()(const torch::Tensor& parameters, const torch::Tensor& input,
                                          Precision precision) const {
  TORCH_CHECK(input.dim() == 2 && input.size(1) == n_input_, "network: input must be [rows, ", n_input_, "]");
  require_float32(precision);
  const bool differentiable =
      torch::GradMode::is_enabled() && (parameters.requires_grad() || input.requires_grad());
  if (!differentiable || !input.device().is_cpu() || input.scalar_type() != torch::kFloat32)
    return evaluate_with_torch(parameters, input);
  const RowFunction function{[this](const torch::Tensor& p) { return parts(p); },
                             [this](const Parts& p, const torch::Tensor& x) { return output(p, x); }};
  return evaluate_rows(function, parameters, input);
}

class ResidualNetwork::Conditioned : public ConditionedNetwork {
 public:
  Conditioned(const ResidualNetwork& network, const torch::Tensor& parameters, torch::Tensor features)
      : network_(network), parts_(network.parts(parameters)), features_(std::move(features)) {}

  torch::Tensor operator()(const torch::Tensor& moving, const torch::Tensor& row) const override {
    const torch::NoGradGuard no_grad;
    if (moving.size(0) == 0) return moving.new_empty({0, network_.n_output_});
    const ConditionColumns& columns = network_.columns_;
    const torch::Tensor state = without_columns(moving, columns.first, kAngleColumns + columns.skipped);
    // Of each measurement that there is a row of, once; on a device that nothing waits for, of all.
    const bool on_cpu = moving.device().is_cpu();
    torch::Tensor features = features_, local = row;
    if (on_cpu) {
      torch::Tensor used;
      std::tie(used, local) = at::_unique(row, /*sorted=*/true, /*return_inverse=*/true);
      features = features_.index_select(0, used);
    }
    const auto angle = [&](std::int64_t k) {
      return moving.narrow(0, 0, 1).narrow(1, columns.first + k, 1).expand({features.size(0), 1});
    };
    const Parts modulations = network_.modulations(parts_, features, angle(0), angle(1));
    std::vector<torch::Tensor> outputs;
    const std::int64_t rows_at_once = on_cpu ? kRowsInCache : state.size(0);
    for (std::int64_t begin = 0; begin < state.size(0); begin += rows_at_once) {
      const std::int64_t n = std::min(rows_at_once, state.size(0) - begin);
      Parts of_rows = modulations;
      if (features.size(0) > 1)
        for (torch::Tensor& part : of_rows) part = part.index_select(0, local.narrow(0, begin, n));
      outputs.push_back(network_.blocks(parts_, state.narrow(0, begin, n), of_rows));
    }
    return torch::cat(outputs);
  }

  torch::Tensor differentiable(const torch::Tensor& moving, const torch::Tensor& row) const override {
    return network_.output(parts_, with_features(moving, network_.columns_.first, features_, row));
  }

 private:
  const ResidualNetwork& network_;
  Parts parts_;
  torch::Tensor features_;
};

std::unique_ptr<const ConditionedNetwork> ResidualNetwork::condition(const torch::Tensor& parameters,
                                                                     std::int64_t first,
                                                                     const torch::Tensor& features,
                                                                     Precision precision) const {
  require_float32(precision);
  TORCH_CHECK(first == columns_.first && features.size(1) == columns_.count,
              "network: the columns of the measurement are those of its condition");
  return std::make_unique<Conditioned>(*this, parameters, features);
}

}  // namespace scorefem::diffusion
