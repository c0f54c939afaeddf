#include "diffusion/sampling/stochastic_sampler.h"

#include <torch/torch.h>

#include <cmath>

namespace scorefem::diffusion {

namespace {

/// dx/dtau without the noise.
torch::Tensor drift(const Process& process, const Score& score, double alpha, const torch::Tensor& state,
                    double t, SamplerStatistics& statistics) {
  ++statistics.evaluations;
  statistics.rows_evaluated += state.size(0);
  return (0.5 * process.drift(t)) * state +
         (0.5 * (1.0 + alpha) * process.diffusion_squared(t)) * score(state, t);
}

}  // namespace

torch::Tensor integrate_euler_maruyama(const Process& process, const Score& score, double alpha,
                                       torch::Tensor state, double t_begin, double t_end, int steps,
                                       const Increments& increments, SamplerStatistics& statistics) {
  const double h = (t_begin - t_end) / steps;
  for (int i = 0; i < steps; ++i) {
    const double t = t_begin - i * h;
    const double noise = std::sqrt(alpha * process.diffusion_squared(t) * h);
    state = state + h * drift(process, score, alpha, state, t, statistics) + noise * increments(i);
  }
  statistics.accepted_steps += steps;
  return state;
}

torch::Tensor integrate_stochastic_heun(const Process& process, const Score& score, double alpha,
                                        torch::Tensor state, double t_begin, double t_end, int steps,
                                        const Increments& increments, SamplerStatistics& statistics) {
  const double h = (t_begin - t_end) / steps;
  for (int i = 0; i < steps; ++i) {
    const double t = t_begin - i * h;
    const double next = i + 1 < steps ? t - h : t_end;
    // The variance of the increment is the integral of alpha g^2, here by the midpoint rule.
    const torch::Tensor noise = std::sqrt(alpha * process.diffusion_squared(t - 0.5 * h) * h) * increments(i);
    const torch::Tensor slope = drift(process, score, alpha, state, t, statistics);
    const torch::Tensor predicted = state + h * slope + noise;
    state = state + (0.5 * h) * (slope + drift(process, score, alpha, predicted, next, statistics)) + noise;
  }
  statistics.accepted_steps += steps;
  return state;
}

}  // namespace scorefem::diffusion
