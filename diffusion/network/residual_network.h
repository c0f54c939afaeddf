#pragma once

#include "diffusion/network/flat_network.h"
#include "diffusion/options/model_options.h"

namespace scorefem::diffusion {

/// Which columns of a residual network's input say under which conditions it is evaluated, rather than where.
struct ConditionColumns {
  std::int64_t first = 0;    //!< of those of the measurement, any numbers
  std::int64_t count = 0;    //!< of those; behind them cos(theta) and sin(theta)
  std::int64_t skipped = 0;  //!< columns behind these that are not used
};

/// Residual blocks h + gate W2 silu(W1 (scale norm(h) + shift)), whose scale, shift and gate are affine in an
/// embedding of measurement and angle, so that these enter each block (FiLM, Perez et al. 2018; adaLN-zero,
/// Peebles and Xie 2023: gates and output start at 0). norm is a layer norm without weights. The angle enters
/// as the sines and cosines of 16 frequencies of log tan(theta): small angles are as far from each other as
/// large ones. `hidden_layers` blocks of `width`, an embedding of half the width; SiLU whatever the
/// activation.
class ResidualNetwork : public FlatNetwork {
 public:
  ResidualNetwork(std::int64_t n_input, const ConditionColumns& columns, std::int64_t n_output,
                  const ModelOptions& options);

  torch::Tensor operator()(const torch::Tensor& parameters, const torch::Tensor& input,
                           Precision precision = Precision::float32) const override;
  /// The same on LibTorch's own graph, on any device and in any floating-point type.
  torch::Tensor evaluate_with_torch(const torch::Tensor& parameters, const torch::Tensor& input) const;
  /// The columns of the angle, which move, must be the same in all rows of an evaluation.
  std::unique_ptr<const ConditionedNetwork> condition(const torch::Tensor& parameters, std::int64_t first,
                                                      const torch::Tensor& features,
                                                      Precision precision) const override;
  torch::Tensor initial_parameters(const CounterRandom& random) const override;
  std::int64_t n_input() const override { return n_input_; }
  std::int64_t n_output() const override { return n_output_; }
  std::int64_t n_parameters() const override { return n_parameters_; }
  std::vector<std::pair<std::string, torch::Tensor>> named_views(
      const torch::Tensor& parameters) const override;

 private:
  class Conditioned;
  /// An affine map within the parameters: weight row by row, then bias.
  struct Layer {
    std::string name;
    std::int64_t n_input, n_output, offset;
    bool starts_at_zero;
  };
  using Parts = std::vector<torch::Tensor>;  // weight and bias of each layer in order

  void add_layer(const std::string& name, std::int64_t n_input, std::int64_t n_output, bool starts_at_zero);
  Parts parts(const torch::Tensor& parameters) const;
  torch::Tensor output(const Parts& parts, const torch::Tensor& input) const;
  /// Scales, shifts and gates [rows, 3 width] of each block, and [rows, 2 width] of the output, for features
  /// [rows, count] and an angle's cosine and sine [rows, 1].
  Parts modulations(const Parts& parts, const torch::Tensor& features, const torch::Tensor& cosine,
                    const torch::Tensor& sine) const;
  /// For the columns that are no conditions; each modulation [rows, ..] or [1, ..].
  torch::Tensor blocks(const Parts& parts, const torch::Tensor& state, const Parts& modulations) const;

  std::int64_t n_input_, n_output_, width_, n_blocks_;
  ConditionColumns columns_;
  std::vector<Layer> layers_;
  std::int64_t n_parameters_ = 0;
};

}  // namespace scorefem::diffusion
