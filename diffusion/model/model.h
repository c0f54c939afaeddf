#pragma once

#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <stdexcept>

#include "diffusion/model/pairs.h"
#include "diffusion/numerics/process.h"
#include "diffusion/options/model_options.h"
#include "diffusion/options/precision.h"

namespace scorefem::diffusion {

/// What a model is, apart from its numbers.
struct ModelSetup {
  ProcessOptions process;
  ModelOptions model;
  NoiseRange noise;
  std::int64_t n_inferred = 0;
  std::int64_t n_measured = 0;
};

/// Both float64, where the state is.
struct FlowDivergence {
  torch::Tensor flow;        //!< [rows, n_inferred]
  torch::Tensor divergence;  //!< [rows]
};

/// A model whose measurements are fixed, one for each row of the state: what samplers call. States are
/// float64 in the model's own coordinates, [rows, n_inferred], on any device, and so is what is made of them:
/// nothing is sent to and fro if that is the model's own. Refers to the model that made it, which must
/// outlive it.
class ConditionedModel {
 public:
  virtual ~ConditionedModel() = default;
  /// Score of the conditional density of x_t at time t of the model's process, [rows, n_inferred], float64.
  virtual torch::Tensor score(const torch::Tensor& state, double t) = 0;
  /// F of the probability-flow ODE dw/dtheta = -F, with w = x_t / sqrt(m^2 + s^2), tan(theta) = s / m; same
  /// shape.
  virtual torch::Tensor flow(const torch::Tensor& w, double theta) = 0;
  /// Standard deviation of the Gaussian that x_t starts from at time t: the kernel's own.
  virtual double initial_stddev(double t) const = 0;
  /// theta that w starts from, where it is N(0, sin^2(theta) I).
  virtual double initial_angle() const = 0;
  /// theta at which the posterior is free of noise as far as the model resolves it, > 0; 0 where its state is
  /// nearly N(0, I) all along, so that equal steps of theta serve best.
  virtual double smallest_angle() const { return 0.0; }
  /// The same flow in coordinates u that follow a Gaussian's: du/dtheta = -relative_flow(u, theta), which is
  /// 0 where the model's posterior is that Gaussian, so that few steps do. u = relative_state(w) at
  /// initial_angle(), w = absolute_state(u) at 0. u = w for a model that knows no such Gaussian.
  virtual torch::Tensor relative_state(const torch::Tensor& w) const { return w; }
  virtual torch::Tensor relative_flow(const torch::Tensor& u, double theta) { return flow(u, theta); }
  virtual torch::Tensor absolute_state(const torch::Tensor& u) const { return u; }
  /// Rows whose posterior is nearly that Gaussian: bool [rows], on the model's device.
  virtual torch::Tensor near_gaussian() const = 0;
  /// The same for some of the rows: int64 [n], indices.
  virtual std::unique_ptr<ConditionedModel> select(const torch::Tensor& rows) const = 0;
  /// From the model's coordinates at t = 0 to physical units, [rows, n_inferred], float64.
  virtual torch::Tensor to_physical(const torch::Tensor& state) const = 0;

  // For densities, which are integrated in the relative coordinates u. The learnt vector is the physical one,
  // but before the clipping of a model of a clipped prior: its density is smooth, and the map from u affine.

  /// relative_flow(), and its divergence in u: exact, n_inferred derivatives of the network.
  virtual FlowDivergence flow_divergence(const torch::Tensor& /*u*/, double /*theta*/) const { no_density(); }
  /// From u at the end of the flow to the learnt vector, and back; [rows, n_inferred], float64.
  virtual torch::Tensor to_learnt(const torch::Tensor& /*u*/) const { no_density(); }
  virtual torch::Tensor from_learnt(const torch::Tensor& /*learnt*/) const { no_density(); }
  /// Logarithm of the volume that to_learnt() makes of a unit volume, [rows], float64 on the CPU.
  virtual torch::Tensor log_volume() const { no_density(); }

 private:
  [[noreturn]] static void no_density() { throw std::logic_error("this model has no density"); }
};

/// A conditional diffusion model of p(inferred | measured): trained by train(), stored in a checkpoint.
class Model {
 public:
  virtual ~Model() = default;
  virtual const Process& process() const = 0;
  virtual const ModelOptions& options() const = 0;
  virtual const NoiseRange& noise() const = 0;  //!< what it was trained for
  virtual std::int64_t n_inferred() const = 0;
  virtual std::int64_t n_measured() const = 0;
  /// Where its network is evaluated.
  virtual torch::Device device() const { return torch::kCPU; }
  /// Bytes that condition() needs for each measurement besides its rows: what bounds a batch of samplers.
  virtual std::int64_t condition_bytes() const { return 0; }
  /// Throws std::invalid_argument for measurements with a shape, a mask or a noise level that the model was
  /// not trained for.
  virtual void check(const Measurements& measurements) const = 0;
  /// Prepares row i of the state for measurement `row_of[i]` (int64 [rows], indices into `measurements`).
  /// Its network is evaluated in `precision`.
  /// Its cost grows with all of `measurements`. Throws std::invalid_argument as check() does.
  virtual std::unique_ptr<ConditionedModel> condition(const Measurements& measurements,
                                                      const torch::Tensor& row_of,
                                                      Precision precision = Precision::float32) const = 0;
};

}  // namespace scorefem::diffusion
