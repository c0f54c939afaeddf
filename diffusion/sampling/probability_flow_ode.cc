#include "diffusion/sampling/probability_flow_ode.h"

#include <torch/types.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>
#include <stdexcept>

#include "diffusion/sampling/sampling_failure.h"

namespace scorefem::diffusion {

namespace {

constexpr int kStages = 7;
constexpr std::array<double, kStages> kNodes = {0.0, 1.0 / 5, 3.0 / 10, 4.0 / 5, 8.0 / 9, 1.0, 1.0};
constexpr double kMatrix[kStages][kStages - 1] = {
    {},
    {1.0 / 5},
    {3.0 / 40, 9.0 / 40},
    {44.0 / 45, -56.0 / 15, 32.0 / 9},
    {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729},
    {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656},
    {35.0 / 384, 0.0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84}};
/// Fifth-order minus fourth-order weights.
constexpr std::array<double, kStages> kError = {71.0 / 57600,      0.0,        -71.0 / 16695, 71.0 / 1920,
                                                -17253.0 / 339200, 22.0 / 525, -1.0 / 40};

double rms(const torch::Tensor& x) {
  return std::sqrt(x.square().mean().item<double>());
}

torch::Tensor evaluate(const Velocity& velocity, const torch::Tensor& state, double t,
                       SamplerStatistics& statistics) {
  ++statistics.evaluations;
  statistics.rows_evaluated += state.size(0);
  return velocity(state, t);
}

/// Hairer, Norsett, Wanner, Solving Ordinary Differential Equations I, section II.4.
double initial_step(const Velocity& velocity, const torch::Tensor& state, const torch::Tensor& slope,
                    double t_begin, double t_end, const Rk45Options& options, SamplerStatistics& statistics) {
  const double direction = t_end > t_begin ? 1.0 : -1.0;
  const torch::Tensor scale = options.atol + options.rtol * state.abs();
  const double d0 = rms(state / scale);
  const double d1 = rms(slope / scale);
  const double h0 = std::min(d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : 0.01 * d0 / d1, std::abs(t_end - t_begin));
  const torch::Tensor next =
      evaluate(velocity, state + direction * h0 * slope, t_begin + direction * h0, statistics);
  const double d2 = rms((next - slope) / scale) / h0;
  const double h1 =
      std::max(d1, d2) <= 1e-15 ? std::max(1e-6, 1e-3 * h0) : std::pow(0.01 / std::max(d1, d2), 0.2);
  return std::min({100.0 * h0, h1, std::abs(t_end - t_begin)});
}

}  // namespace

void Rk45Options::validate() const {
  for (const auto& [name, value] : {std::pair{"rtol", rtol}, std::pair{"atol", atol}})
    if (!(std::isfinite(value) && value > 0.0)) {
      std::ostringstream message;
      message << "rk45: " << name << " = " << value << ", allowed: > 0";
      throw std::invalid_argument(message.str());
    }
}

Velocity probability_flow(const Process& process, Score score) {
  return [&process, score = std::move(score)](const torch::Tensor& state, double t) {
    return (-0.5 * process.drift(t)) * state - (0.5 * process.diffusion_squared(t)) * score(state, t);
  };
}

torch::Tensor integrate_rk45(const Velocity& velocity, torch::Tensor state, double t_begin, double t_end,
                             const Rk45Options& options, SamplerStatistics& statistics) {
  constexpr double kSafety = 0.9, kSmallestFactor = 0.2, kLargestFactor = 10.0, kExponent = -0.2;
  options.validate();
  if (t_begin == t_end) return state;
  const double direction = t_end > t_begin ? 1.0 : -1.0;
  std::array<torch::Tensor, kStages> slopes;
  slopes[0] = evaluate(velocity, state, t_begin, statistics);
  double h = initial_step(velocity, state, slopes[0], t_begin, t_end, options, statistics);
  double t = t_begin;
  bool last_was_rejected = false;
  for (int step = 0; step < options.max_steps; ++step) {
    h = std::min(h, std::abs(t_end - t));
    const double t_new = h == std::abs(t_end - t) ? t_end : t + direction * h;
    torch::Tensor next;
    for (int i = 1; i < kStages; ++i) {
      next = state.clone();
      for (int j = 0; j < i; ++j)
        if (kMatrix[i][j] != 0.0) next.add_(slopes[j], direction * h * kMatrix[i][j]);
      slopes[i] =
          evaluate(velocity, next, i < kStages - 1 ? t + direction * h * kNodes[i] : t_new, statistics);
    }
    torch::Tensor error = slopes[0] * (h * kError[0]);
    for (int i = 2; i < kStages; ++i) error.add_(slopes[i], h * kError[i]);
    const double norm = rms(error / (options.atol + options.rtol * torch::maximum(state.abs(), next.abs())));
    if (!std::isfinite(norm))
      throw SamplingFailure("rk45: the state is not finite at t = " + std::to_string(t));
    if (norm < 1.0) {
      ++statistics.accepted_steps;
      state = next;
      slopes[0] = slopes[kStages - 1];
      t = t_new;
      if (t == t_end) return state;
      double factor =
          norm == 0.0 ? kLargestFactor : std::min(kLargestFactor, kSafety * std::pow(norm, kExponent));
      if (last_was_rejected) factor = std::min(1.0, factor);
      h *= factor;
    } else {
      ++statistics.rejected_steps;
      h *= std::max(kSmallestFactor, kSafety * std::pow(norm, kExponent));
    }
    last_was_rejected = norm >= 1.0;
    if (h < 1e-14 * std::max(1.0, std::abs(t)))
      throw SamplingFailure("rk45: the step became too small at t = " + std::to_string(t));
  }
  throw SamplingFailure("rk45: more than " + std::to_string(options.max_steps) + " steps");
}

}  // namespace scorefem::diffusion
