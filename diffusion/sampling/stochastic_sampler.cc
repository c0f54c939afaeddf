#include "diffusion/sampling/stochastic_sampler.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>

namespace scorefem::diffusion {

namespace {

/// -s S(x, t) at x = m y: the noise that the score expects in y = x_0 + rho z.
torch::Tensor expected_noise(const Process& process, const Score& score, const torch::Tensor& y, double t,
                             SamplerStatistics& statistics) {
  ++statistics.evaluations;
  statistics.rows_evaluated += y.size(0);
  return -process.stddev(t) * score(process.mean(t) * y, t);
}

/// One step of y from `here` to `next`: (y, slope at both, (1 + alpha) (rho - rho'), noise) -> y.
template <class Step>
torch::Tensor integrate(const Process& process, const Score& score, double alpha, const torch::Tensor& state,
                        const std::vector<double>& nodes, const Increments& increments,
                        SamplerStatistics& statistics, const Step& step) {
  torch::Tensor y = state / process.mean(nodes.front());
  const auto noise_at = [&](const torch::Tensor& at, double t) {
    return expected_noise(process, score, at, t, statistics);
  };
  for (std::size_t i = 0; i + 1 < nodes.size(); ++i) {
    const double here = process.ratio(nodes[i]), next = process.ratio(nodes[i + 1]);
    // The variance of the increment is the integral of alpha g^2 / m^2, here exact.
    const torch::Tensor noise =
        alpha > 0.0 ? std::sqrt(alpha * (here - next) * (here + next)) * increments(static_cast<int>(i))
                    : torch::zeros_like(y);
    y = step(y, noise_at(y, nodes[i]), (1.0 + alpha) * (here - next), noise,
             [&](const torch::Tensor& at) { return noise_at(at, nodes[i + 1]); });
  }
  statistics.accepted_steps += static_cast<std::int64_t>(nodes.size());
  return y - process.ratio(nodes.back()) * noise_at(y, nodes.back());
}

}  // namespace

std::vector<double> ratio_nodes(const Process& process, double end_time, int steps) {
  const double first = process.ratio(process.start_time());
  const double last = std::max(process.ratio(end_time), kSmallestRatio);
  std::vector<double> nodes = {process.start_time()};
  for (int i = 1; i < steps; ++i)
    nodes.push_back(process.time_of_ratio(first * std::pow(last / first, i / (steps - 1.0))));
  return nodes;
}

torch::Tensor integrate_euler_maruyama(const Process& process, const Score& score, double alpha,
                                       const torch::Tensor& state, const std::vector<double>& nodes,
                                       const Increments& increments, SamplerStatistics& statistics) {
  return integrate(process, score, alpha, state, nodes, increments, statistics,
                   [](const torch::Tensor& y, const torch::Tensor& slope, double h,
                      const torch::Tensor& noise, const auto&) { return y - h * slope + noise; });
}

torch::Tensor integrate_stochastic_heun(const Process& process, const Score& score, double alpha,
                                        const torch::Tensor& state, const std::vector<double>& nodes,
                                        const Increments& increments, SamplerStatistics& statistics) {
  return integrate(process, score, alpha, state, nodes, increments, statistics,
                   [](const torch::Tensor& y, const torch::Tensor& slope, double h,
                      const torch::Tensor& noise, const auto& slope_at_next) {
                     const torch::Tensor predicted = y - h * slope + noise;
                     return y - (0.5 * h) * (slope + slope_at_next(predicted)) + noise;
                   });
}

}  // namespace scorefem::diffusion
