#pragma once

#include <torch/types.h>

#include <cstdint>
#include <memory>

#include "diffusion/pairs.h"
#include "diffusion/process.h"

namespace scorefem::diffusion {

/// mlp: the paper's network (raw score, min-max normalisation). gaussian_residual: a network on top of the
/// closed-form conditional of the joint Gaussian fit, in the angle variable; one network serves every mask
/// and noise level.
enum class Network { mlp, gaussian_residual };
enum class Activation { relu, silu };
/// What the residual of gaussian_residual is centred on: the linear or a quadratic regression on the
/// measurement.
enum class Centre { linear, quadratic };

/// The network and its coordinates. The defaults are the paper's (section 6 and Appendix B).
struct ModelOptions {
  Network network = Network::mlp;
  int width = 256;        //!< of every hidden layer, >= 1
  int hidden_layers = 4;  //!< >= 1
  Activation activation = Activation::relu;
  bool masked = false;             //!< the network sees the mask; without it every sensor must be on
  bool positive = false;           //!< clip samples at 0: the prior allows no negative values
  Centre centre = Centre::linear;  //!< gaussian_residual only

  /// Throws std::invalid_argument naming the value and what is allowed.
  void validate() const;
};

/// The standard deviation of the measurement noise, absolute, physical units: one value, or a range sampled
/// log-uniformly.
struct NoiseRange {
  double minimum = 0.0;  //!< >= 0; > 0 if the range is not a single value
  double maximum = 0.0;  //!< >= minimum
  bool single() const { return minimum == maximum; }
  /// Throws std::invalid_argument naming the value and what is allowed.
  void validate() const;
};

/// A model whose measurements are fixed, one measurement for each row of the state: what samplers call.
/// States are float64 on the CPU in the model's own coordinates, shape [rows, n_inferred].
class ConditionedModel {
 public:
  virtual ~ConditionedModel() = default;
  /// Score of the conditional density of x_t at time t of the model's process, [rows, n_inferred], float64.
  virtual torch::Tensor score(const torch::Tensor& state, double t) = 0;
  /// F of the probability-flow ODE dw/dtheta = -F, with w = x_t / sqrt(m^2 + s^2), tan(theta) = s / m; same
  /// shape.
  virtual torch::Tensor flow(const torch::Tensor& w, double theta) = 0;
  /// From the model's coordinates at t = 0 to physical units, [rows, n_inferred], float64.
  virtual torch::Tensor to_physical(const torch::Tensor& state) const = 0;
};

/// A conditional diffusion model: p(inferred | measured), trained by train(), stored in a checkpoint.
class Model {
 public:
  virtual ~Model() = default;
  virtual const Process& process() const = 0;
  virtual const ModelOptions& options() const = 0;
  virtual const NoiseRange& noise() const = 0;  //!< what it was trained for
  virtual std::int64_t n_inferred() const = 0;
  virtual std::int64_t n_measured() const = 0;
  /// Prepares row i of the state for measurement `row_of[i]` (int64 [rows], indices into `measurements`).
  /// Throws std::invalid_argument for a mask or a noise level that the model was not trained for.
  virtual std::unique_ptr<ConditionedModel> condition(const Measurements& measurements,
                                                      const torch::Tensor& row_of) const = 0;
};

}  // namespace scorefem::diffusion
