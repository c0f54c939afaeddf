#include "diffusion/sampling/angle_flow.h"

#include <torch/torch.h>

#include <cmath>

namespace scorefem::diffusion {

namespace {

torch::Tensor evaluate(const AngleFlow& flow, const torch::Tensor& w, double theta,
                       SamplerStatistics& statistics) {
  ++statistics.evaluations;
  statistics.rows_evaluated += w.size(0);
  return flow(w, theta);
}

}  // namespace

AngleFlow angle_flow(const Process& process, Score score) {
  return [&process, score = std::move(score)](const torch::Tensor& w, double theta) {
    const double t = process.time_of_ratio(std::tan(theta));
    const double radius = std::hypot(process.mean(t), process.stddev(t));
    return std::tan(theta) * (radius * score(radius * w, t) + w);
  };
}

torch::Tensor integrate_angle_euler(const AngleFlow& flow, torch::Tensor w, const AngleGrid& grid,
                                    SamplerStatistics& statistics) {
  for (int i = 0; i < grid.steps(); ++i) w = w + grid.step(i) * evaluate(flow, w, grid.at(i), statistics);
  statistics.accepted_steps += grid.steps();
  return w;
}

torch::Tensor integrate_angle_midpoint(const AngleFlow& flow, torch::Tensor w, const AngleGrid& grid,
                                       SamplerStatistics& statistics) {
  for (int i = 0; i < grid.steps(); ++i) {
    const double h = grid.step(i);
    const torch::Tensor middle = w + (0.5 * h) * evaluate(flow, w, grid.at(i), statistics);
    w = w + h * evaluate(flow, middle, grid.at(i + 0.5), statistics);
  }
  statistics.accepted_steps += grid.steps();
  return w;
}

torch::Tensor integrate_angle_heun(const AngleFlow& flow, torch::Tensor w, const AngleGrid& grid,
                                   SamplerStatistics& statistics) {
  for (int i = 0; i < grid.steps(); ++i) {
    const double h = grid.step(i);
    const torch::Tensor slope = evaluate(flow, w, grid.at(i), statistics);
    // The last node is 0 itself, not a difference that may be negative.
    const double next = i + 1 < grid.steps() ? grid.at(i + 1) : 0.0;
    w = w + (0.5 * h) * (slope + evaluate(flow, w + h * slope, next, statistics));
  }
  statistics.accepted_steps += grid.steps();
  return w;
}

torch::Tensor integrate_angle_rk3(const AngleFlow& flow, torch::Tensor w, const AngleGrid& grid,
                                  SamplerStatistics& statistics) {
  for (int i = 0; i < grid.steps(); ++i) {
    const double here = grid.at(i), h = grid.step(i);
    const torch::Tensor first = evaluate(flow, w, here, statistics);
    const torch::Tensor second = evaluate(flow, w + (0.5 * h) * first, here - 0.5 * h, statistics);
    const torch::Tensor third = evaluate(flow, w + (0.75 * h) * second, here - 0.75 * h, statistics);
    w = w + (h / 9.0) * (2.0 * first + 3.0 * second + 4.0 * third);
  }
  statistics.accepted_steps += grid.steps();
  return w;
}

torch::Tensor integrate_angle_adaptive(const AngleFlowOfRows& flow_of, const torch::Tensor& near_gaussian,
                                       torch::Tensor w, const AngleGrid& grid, double small,
                                       SamplerStatistics& statistics) {
  const double theta = grid.at(0);
  torch::Tensor done = near_gaussian.clone();
  const torch::Tensor tried = near_gaussian.nonzero().squeeze(1);
  if (tried.size(0) > 0) {
    const torch::Tensor start = w.index_select(0, tried);
    const torch::Tensor displacement = theta * evaluate(flow_of(tried), start, 0.5 * theta, statistics);
    ++statistics.accepted_steps;
    // A displacement that is not a number is not small.
    const torch::Tensor good = displacement.square().mean(1).sqrt().le(small);
    done.index_copy_(0, tried, good);
    const torch::Tensor enough = good.nonzero().squeeze(1);
    w = w.index_copy(0, tried.index_select(0, enough), (start + displacement).index_select(0, enough));
  }
  const torch::Tensor others = done.logical_not().nonzero().squeeze(1);
  if (others.size(0) == 0) return w;
  return w.index_copy(0, others,
                      integrate_angle_rk3(flow_of(others), w.index_select(0, others), grid, statistics));
}

torch::Tensor integrate_dpm_solver_2m(const AngleFlow& flow, torch::Tensor w, const AngleGrid& grid,
                                      SamplerStatistics& statistics) {
  const auto log_ratio = [](double angle) { return -std::log(std::tan(angle)); };  // log(m / s)
  torch::Tensor last_denoised;
  double last_step = 0.0;
  for (int i = 0; i < grid.steps(); ++i) {
    const double here = grid.at(i);
    const double next = i + 1 < grid.steps() ? grid.at(i + 1) : 0.0;
    const torch::Tensor denoised = std::cos(here) * w + std::sin(here) * evaluate(flow, w, here, statistics);
    torch::Tensor extrapolated = denoised;
    double step = 0.0;
    if (next > 0.0) {
      step = log_ratio(next) - log_ratio(here);
      // The last step goes to infinity in log(m / s): there the method is of first order, by nature.
      if (last_denoised.defined())
        extrapolated = denoised + (0.5 * step / last_step) * (denoised - last_denoised);
    }
    w = (std::sin(next) / std::sin(here)) * w +
        (std::cos(next) * (1.0 - std::tan(next) / std::tan(here))) * extrapolated;
    last_denoised = denoised;
    last_step = step;
  }
  statistics.accepted_steps += grid.steps();
  return w;
}

}  // namespace scorefem::diffusion
