#pragma once

#include <torch/types.h>

#include <functional>

#include "diffusion/numerics/process.h"
#include "diffusion/sampling/angle_grid.h"
#include "diffusion/sampling/probability_flow_ode.h"
#include "diffusion/sampling/sampler_statistics.h"

namespace scorefem::diffusion {

// The probability flow of every process is the same curve in the angle variable: with tan(theta) = s / m and
// w = x_t / sqrt(m^2 + s^2), dw/dtheta = -F(w, theta), F = E[sin(theta) x_0 - cos(theta) z | w]. At theta =
// 0, w = x_0.

/// F: (w [rows, dimension] float64, theta) -> same shape.
using AngleFlow = std::function<torch::Tensor(const torch::Tensor& w, double theta)>;

/// The flow of some of w's rows: `rows` int64 [n], indices; the flow's own argument has only those.
using AngleFlowOfRows = std::function<AngleFlow(const torch::Tensor& rows)>;

/// F from a score: F = tan(theta) (sqrt(m^2 + s^2) S + w). `process` must outlive the result.
AngleFlow angle_flow(const Process& process, Score score);

/// All go along the grid to 0; the first four are Runge-Kutta methods of order 1, 2, 2 and 3 (the last:
/// Ralston 1962).
torch::Tensor integrate_angle_euler(const AngleFlow& flow, torch::Tensor w, const AngleGrid& grid,
                                    SamplerStatistics& statistics);
torch::Tensor integrate_angle_midpoint(const AngleFlow& flow, torch::Tensor w, const AngleGrid& grid,
                                       SamplerStatistics& statistics);
torch::Tensor integrate_angle_heun(const AngleFlow& flow, torch::Tensor w, const AngleGrid& grid,
                                   SamplerStatistics& statistics);
torch::Tensor integrate_angle_rk3(const AngleFlow& flow, torch::Tensor w, const AngleGrid& grid,
                                  SamplerStatistics& statistics);
/// When angle_adaptive takes fewer steps, and when more.
struct AngleTolerance {
  double small_displacement;  //!< SamplerOptions::small_displacement
  double step_error;          //!< SamplerOptions::step_error
};

/// As much as each row needs: a single evaluation where that is enough, else the steps of
/// integrate_angle_rk3(), and shorter ones where those are too long. Only rows of `near_gaussian` (bool
/// [rows]: F is relative to a Gaussian that is nearly the row's density, so that it is small all along the
/// way) are tried: with the grid's first theta, F at w and theta / 2 displaces such a row by theta F, and if
/// that is at most small_displacement (root mean square over the components) it is added, the midpoint rule.
/// A step of another row, from theta on, is halved, and its halves again, while the difference from the
/// second-order method with the same evaluations (Bogacki and Shampine 1989) is more than step_error
/// sin(theta): what is left to come forgets no less than that of a density as narrow as it can be. So steps
/// shrink geometrically towards 0 for rows whose density is narrow.
torch::Tensor integrate_angle_adaptive(const AngleFlowOfRows& flow_of, const torch::Tensor& near_gaussian,
                                       torch::Tensor w, const AngleGrid& grid,
                                       const AngleTolerance& tolerance, SamplerStatistics& statistics);
/// DPM-Solver++(2M) (Lu et al. 2022): exponential two-step method in log(m / s), one evaluation a step. On
/// equal steps of theta, the steps in log(m / s) next to theta = 0 stay long however many there are, and the
/// last is of first order: measured order 1.8 for a broad Gaussian, and between 1.0 and 1.8 for one with
/// directions of standard deviation 0.03.
torch::Tensor integrate_dpm_solver_2m(const AngleFlow& flow, torch::Tensor w, const AngleGrid& grid,
                                      SamplerStatistics& statistics);

}  // namespace scorefem::diffusion
