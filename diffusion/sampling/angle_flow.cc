#include "diffusion/sampling/angle_flow.h"

#include <torch/types.h>

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

namespace {

/// Rows on their way: which of them, where they are, and F there.
struct Rows {
  torch::Tensor index, w, flow;
};

/// Takes rows from `here` to `there`; `halvings`: how many more a step may have.
class HalvingIntegrator {
 public:
  HalvingIntegrator(const AngleFlowOfRows& flow_of, double step_error, SamplerStatistics& statistics)
      : flow_of_(flow_of), step_error_(step_error), statistics_(statistics) {}

  Rows step(const Rows& rows, const AngleFlow& flow, double here, double there, int halvings) const {
    const double h = here - there;
    const torch::Tensor &w = rows.w, &first = rows.flow;
    const torch::Tensor second = evaluate(flow, w + (0.5 * h) * first, here - 0.5 * h, statistics_);
    const torch::Tensor third = evaluate(flow, w + (0.75 * h) * second, here - 0.75 * h, statistics_);
    Rows end{rows.index, w + (h / 9.0) * (2.0 * first + 3.0 * second + 4.0 * third), {}};
    end.flow = evaluate(flow, end.w, there, statistics_);
    ++statistics_.accepted_steps;
    if (halvings == 0) return end;
    const torch::Tensor error =
        (h / 72.0) * (-5.0 * first + 6.0 * second + 8.0 * third - 9.0 * end.flow).square().mean(1).sqrt();
    // What is not a number does not become one.
    const torch::Tensor bad = error.gt(step_error_ * std::sin(here)).nonzero().squeeze(1);
    if (bad.size(0) == 0) return end;
    const Rows again{rows.index.index_select(0, bad), w.index_select(0, bad), first.index_select(0, bad)};
    const AngleFlow of_bad = flow_of_(again.index);
    const double middle = 0.5 * (here + there);
    const Rows better =
        step(step(again, of_bad, here, middle, halvings - 1), of_bad, middle, there, halvings - 1);
    end.w.index_copy_(0, bad, better.w);
    end.flow.index_copy_(0, bad, better.flow);
    return end;
  }

 private:
  const AngleFlowOfRows& flow_of_;
  double step_error_;
  SamplerStatistics& statistics_;
};

torch::Tensor integrate_halving(const AngleFlowOfRows& flow_of, const torch::Tensor& rows,
                                const torch::Tensor& w, const AngleGrid& grid, double step_error,
                                SamplerStatistics& statistics) {
  // From the longest step, of pi / 2, to angles that look alike to a network.
  constexpr int kHalvings = 10;
  const HalvingIntegrator integrator(flow_of, step_error, statistics);
  const AngleFlow flow = flow_of(rows);
  Rows state{rows, w, evaluate(flow, w, grid.at(0), statistics)};
  for (int i = 0; i < grid.steps(); ++i)
    state = integrator.step(state, flow, grid.at(i), i + 1 < grid.steps() ? grid.at(i + 1) : 0.0, kHalvings);
  return state.w;
}

}  // namespace

torch::Tensor integrate_angle_adaptive(const AngleFlowOfRows& flow_of, const torch::Tensor& near_gaussian,
                                       torch::Tensor w, const AngleGrid& grid,
                                       const AngleTolerance& tolerance, SamplerStatistics& statistics) {
  const double theta = grid.at(0);
  torch::Tensor done = near_gaussian.clone();
  const torch::Tensor tried = near_gaussian.nonzero().squeeze(1);
  if (tried.size(0) > 0) {
    const torch::Tensor start = w.index_select(0, tried);
    const torch::Tensor displacement = theta * evaluate(flow_of(tried), start, 0.5 * theta, statistics);
    ++statistics.accepted_steps;
    // A displacement that is not a number is not small.
    const torch::Tensor good = displacement.square().mean(1).sqrt().le(tolerance.small_displacement);
    done.index_copy_(0, tried, good);
    const torch::Tensor enough = good.nonzero().squeeze(1);
    w = w.index_copy(0, tried.index_select(0, enough), (start + displacement).index_select(0, enough));
  }
  const torch::Tensor others = done.logical_not().nonzero().squeeze(1);
  if (others.size(0) == 0) return w;
  return w.index_copy(
      0, others,
      integrate_halving(flow_of, others, w.index_select(0, others), grid, tolerance.step_error, statistics));
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
