#include "diffusion/sampling/reverse_integration.h"

#include <torch/torch.h>

#include <cmath>
#include <stdexcept>

#include "diffusion/sampling/angle_flow.h"
#include "diffusion/sampling/probability_flow_ode.h"

namespace scorefem::diffusion {

namespace {

/// The reverse process in t, from the Gaussian that the model starts from.
torch::Tensor integrate_in_time(ConditionedModel& conditioned, const Process& process,
                                const torch::Tensor& normals, const SamplerOptions& options,
                                const Increments& increments, SamplerStatistics& statistics) {
  const double begin = process.start_time();
  const double end = options.end_time;
  const torch::Tensor state = normals * conditioned.initial_stddev(begin);
  const Score score = [&conditioned](const torch::Tensor& x, double t) { return conditioned.score(x, t); };
  switch (options.method) {
    case Method::rk45: {
      Rk45Options rk45;
      rk45.rtol = options.rtol;
      rk45.atol = options.atol;
      return integrate_rk45(probability_flow(process, score), state, begin, end, rk45, statistics);
    }
    case Method::euler:
      return integrate_euler(probability_flow(process, score), state, begin, end, options.steps, statistics);
    case Method::heun:
      return integrate_heun(probability_flow(process, score), state, begin, end, options.steps, statistics);
    case Method::euler_maruyama:
      return integrate_euler_maruyama(process, score, options.alpha, state, begin, end, options.steps,
                                      increments, statistics);
    case Method::stochastic_heun:
      return integrate_stochastic_heun(process, score, options.alpha, state, begin, end, options.steps,
                                       increments, statistics);
    default:
      throw std::invalid_argument("sampler: not a method in t");
  }
}

}  // namespace

torch::Tensor integrate_reverse(ConditionedModel& conditioned, const Process& process,
                                const torch::Tensor& normals, const SamplerOptions& options,
                                const Increments& increments, SamplerStatistics& statistics) {
  const double theta = conditioned.initial_angle();
  const torch::Tensor w = normals * std::sin(theta);
  const AngleFlow flow = [&conditioned](const torch::Tensor& state, double angle) {
    return conditioned.flow(state, angle);
  };
  const auto relative = [&](auto integrator) {
    const AngleFlow relative_flow = [&conditioned](const torch::Tensor& u, double angle) {
      return conditioned.relative_flow(u, angle);
    };
    return conditioned.absolute_state(
        integrator(relative_flow, conditioned.relative_state(w), theta, options.steps, statistics));
  };
  switch (options.method) {
    case Method::angle_euler:
      return relative(integrate_angle_euler);
    case Method::angle_midpoint:
      return relative(integrate_angle_midpoint);
    case Method::angle_heun:
      return relative(integrate_angle_heun);
    case Method::angle_rk3:
      return relative(integrate_angle_rk3);
    case Method::angle_adaptive:
      return relative([&](const AngleFlow&, const torch::Tensor& u, double begin, int steps,
                          SamplerStatistics& counts) {
        const AngleFlowOfRows of_rows = [&](const torch::Tensor& rows) {
          const std::shared_ptr<ConditionedModel> selected = conditioned.select(rows);
          return
              [selected](const torch::Tensor& x, double angle) { return selected->relative_flow(x, angle); };
        };
        return integrate_angle_adaptive(of_rows, conditioned.near_gaussian(), u, begin, steps,
                                        options.small_displacement, counts);
      });
    case Method::dpm_solver_2m:
      return integrate_dpm_solver_2m(flow, w, theta, options.steps, statistics);
    default:
      return integrate_in_time(conditioned, process, normals, options, increments, statistics);
  }
}

}  // namespace scorefem::diffusion
