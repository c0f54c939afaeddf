#pragma once

#include <cstdint>
#include <optional>

#include "diffusion/options/model_options.h"
#include "diffusion/options/precision.h"

namespace scorefem::diffusion {

class Process;

/// Integrators of the reverse process (paper, Eqs. 25-28, 38-41).
enum class Method {
  rk45,            //!< probability-flow ODE, adaptive Dormand-Prince 5(4)
  euler,           //!< probability-flow ODE, equal steps in log(s / m), order 1
  heun,            //!< probability-flow ODE, equal steps in log(s / m), order 2, two evaluations a step
  angle_euler,     //!< dw/dtheta = -F, steps in the angle (ConditionedModel::smallest_angle()), order 1
  angle_midpoint,  //!< the same, order 2, two evaluations a step
  angle_heun,      //!< the same, order 2, two evaluations a step
  angle_rk3,       //!< the same, order 3, three evaluations a step
  angle_adaptive,  //!< angle_rk3, but one evaluation where that is enough, and steps halved where they are
                   //!< too long
  dpm_solver_2m,   //!< DPM-Solver++(2M), steps in the angle, order about 1.8, one evaluation a step
  euler_maruyama,  //!< SDE with alpha, equal steps in log(s / m), order 1 in distribution
  stochastic_heun  //!< SDE with alpha, equal steps in log(s / m), order 2 in distribution, two evaluations a
                   //!< step
};

/// Everything about how samples are drawn; each method reads only its own fields.
struct SamplerOptions {
  Method method = Method::rk45;
  double rtol = 1e-5;               //!< rk45, > 0
  double atol = 1e-5;               //!< rk45, > 0; with 1e-5 a width of 1e-3 comes out to 6 %
  int steps = 100;                  //!< all methods but rk45, >= 1
  double small_displacement = 0.1;  //!< angle_adaptive, of a whitened state that is N(0, I), >= 0
  double step_error = 0.01;         //!< angle_adaptive, of a step from theta, over sin(theta), > 0
  double alpha = 1.0;               //!< of the SDE, > 0: 1 is the well-known reverse SDE
  /// t at which methods that are not in the angle stop, in [0, 1). Not given: where nothing is left to
  /// resolve. That is t = 0 for rk45 where the model's reverse process is finite there, and elsewhere rk45's
  /// variable is the angle; for the others s / m = kSmallestRatio, from where, as from any other end, they
  /// take the denoised mean.
  std::optional<double> end_time;
  /// Of the network's layers. Samples of one precision differ from those of another by less than their
  /// Monte-Carlo error, but differ; with `automatic` the time that each takes decides, which the result
  /// depends on in this alone.
  Precision precision = Precision::float32;
  double memory_mb = 512;       //!< working memory of one batch, > 0
  std::int64_t batch_rows = 0;  //!< rows of one batch, 0: chosen for speed, within the memory
  int threads = 0;              //!< CPU threads, 0: all that the process may use

  /// Whether the method's steps are in the angle.
  bool in_angle() const { return method >= Method::angle_euler && method <= Method::dpm_solver_2m; }
  /// Throws std::invalid_argument naming the value and what is allowed.
  void validate() const;
  /// Also refuses rk45 with an end_time where the model's reverse process is singular: t = 0 where g^2(0) is
  /// infinite, and, with gaussian_residual, where s(0) = 0.
  void validate_for(const Process& process, Network network) const;
  /// With the end_time that is meant where none is given; none if rk45 is to go along the angle.
  SamplerOptions resolved_for(const Process& process, Network network) const;
};

}  // namespace scorefem::diffusion
