#include "diffusion/sampling/reverse_integration.h"

#include <torch/types.h>

#include <cmath>
#include <stdexcept>

#include "diffusion/sampling/angle_flow.h"
#include "diffusion/sampling/probability_flow_ode.h"

namespace scorefem::diffusion {

namespace {

AngleGrid angle_grid(const ConditionedModel& conditioned, int steps) {
  const double begin = conditioned.initial_angle(), last = conditioned.smallest_angle();
  return last > 0.0 ? AngleGrid::graded(begin, last, steps) : AngleGrid::equal(begin, steps);
}

/// In the angle, where no process is singular, unless a t to end at is given.
torch::Tensor integrate_adaptively(ConditionedModel& conditioned, const Process& process, const Score& score,
                                   const torch::Tensor& normals, const SamplerOptions& options,
                                   SamplerStatistics& statistics) {
  Rk45Options rk45;
  rk45.rtol = options.rtol;
  rk45.atol = options.atol;
  if (options.end_time) {
    const double begin = process.start_time();
    return integrate_rk45(probability_flow(process, score), normals * conditioned.initial_stddev(begin),
                          begin, *options.end_time, rk45, statistics);
  }
  const double theta = conditioned.initial_angle();
  const Velocity velocity = [&conditioned](const torch::Tensor& w, double angle) {
    return -conditioned.flow(w, angle);
  };
  return integrate_rk45(velocity, normals * std::sin(theta), theta, 0.0, rk45, statistics);
}

/// The reverse process from the Gaussian that the model starts from, as a function of t.
torch::Tensor integrate_in_time(ConditionedModel& conditioned, const Process& process,
                                const torch::Tensor& normals, const SamplerOptions& options,
                                const Increments& increments, SamplerStatistics& statistics) {
  const Score score = [&conditioned](const torch::Tensor& x, double t) { return conditioned.score(x, t); };
  if (options.method == Method::rk45)
    return integrate_adaptively(conditioned, process, score, normals, options, statistics);
  const torch::Tensor state = normals * conditioned.initial_stddev(process.start_time());
  const std::vector<double> nodes = ratio_nodes(process, options.end_time.value_or(0.0), options.steps);
  switch (options.method) {
    case Method::euler:
      return integrate_euler_maruyama(process, score, 0.0, state, nodes, increments, statistics);
    case Method::heun:
      return integrate_stochastic_heun(process, score, 0.0, state, nodes, increments, statistics);
    case Method::euler_maruyama:
      return integrate_euler_maruyama(process, score, options.alpha, state, nodes, increments, statistics);
    case Method::stochastic_heun:
      return integrate_stochastic_heun(process, score, options.alpha, state, nodes, increments, statistics);
    default:
      throw std::invalid_argument("sampler: not a method in t");
  }
}

}  // namespace

torch::Tensor integrate_reverse(ConditionedModel& conditioned, const Process& process,
                                const torch::Tensor& normals, const SamplerOptions& options,
                                const Increments& increments, SamplerStatistics& statistics) {
  if (!options.in_angle())
    return integrate_in_time(conditioned, process, normals, options, increments, statistics);
  const AngleGrid grid = angle_grid(conditioned, options.steps);
  const torch::Tensor w = normals * std::sin(conditioned.initial_angle());
  const auto relative = [&](auto integrator) {
    const AngleFlow relative_flow = [&conditioned](const torch::Tensor& u, double angle) {
      return conditioned.relative_flow(u, angle);
    };
    return conditioned.absolute_state(
        integrator(relative_flow, conditioned.relative_state(w), grid, statistics));
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
      return relative([&](const AngleFlow&, const torch::Tensor& u, const AngleGrid& nodes,
                          SamplerStatistics& counts) {
        const AngleFlowOfRows of_rows = [&](const torch::Tensor& rows) {
          const std::shared_ptr<ConditionedModel> selected = conditioned.select(rows);
          return
              [selected](const torch::Tensor& x, double angle) { return selected->relative_flow(x, angle); };
        };
        return integrate_angle_adaptive(of_rows, conditioned.near_gaussian(), u, nodes,
                                        {options.small_displacement, options.step_error}, counts);
      });
    case Method::dpm_solver_2m: {
      const AngleFlow flow = [&conditioned](const torch::Tensor& state, double angle) {
        return conditioned.flow(state, angle);
      };
      return integrate_dpm_solver_2m(flow, w, grid, statistics);
    }
    default:
      throw std::invalid_argument("sampler: not a method in the angle");
  }
}

}  // namespace scorefem::diffusion
