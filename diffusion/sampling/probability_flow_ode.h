#pragma once

#include <torch/types.h>

#include <functional>

#include "diffusion/numerics/process.h"
#include "diffusion/sampling/sampler_statistics.h"

namespace scorefem::diffusion {

/// Score of the density of x_t: (state [rows, dimension] float64, t) -> same shape.
using Score = std::function<torch::Tensor(const torch::Tensor& state, double t)>;
/// Right-hand side dx/dt of an ordinary differential equation, same shapes.
using Velocity = std::function<torch::Tensor(const torch::Tensor& state, double t)>;

/// dx/dt = -(b/2) x - (g^2/2) S(x, t): the reverse process with alpha = 0 (paper, Eqs. 25-28), in forward
/// time. `process` must outlive the result.
Velocity probability_flow(const Process& process, Score score);

/// Tolerances of the adaptive integrator: a step is accepted if the root mean square over all rows and
/// components of error / (atol + rtol |x|) is below 1.
struct Rk45Options {
  double rtol = 1e-5;      //!< > 0
  double atol = 1e-5;      //!< > 0
  int max_steps = 100000;  //!< accepted and rejected

  void validate() const;
};

/// Dormand-Prince 5(4) (J. Comput. Appl. Math. 6, 1980) from t_begin to t_end, in either direction; error
/// norm and step control as SciPy's RK45. Throws SamplingFailure if the step becomes too small, the state is
/// not finite, or there are too many steps.
torch::Tensor integrate_rk45(const Velocity& velocity, torch::Tensor state, double t_begin, double t_end,
                             const Rk45Options& options, SamplerStatistics& statistics);

}  // namespace scorefem::diffusion
