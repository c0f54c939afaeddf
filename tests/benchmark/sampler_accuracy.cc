// Error of every sampler against its number of evaluations, on a mixture of two Gaussians whose score is
// known in closed form: prints CSV. See scripts/benchmark_samplers.py.
#include <torch/types.h>

#include <cstdio>
#include <functional>

#include "../verification/diffusion/mixture.h"
#include "diffusion/sampling/angle_flow.h"
#include "diffusion/sampling/stochastic_sampler.h"

using namespace scorefem::diffusion;  // NOLINT: one program
using scorefem::diffusion::test::Mixture;

namespace {

constexpr std::int64_t kSamples = 20000;
constexpr double kEndTime = 1e-5;

/// Mean distance of the samples' quantiles from the exact ones: the 1-Wasserstein distance in one dimension.
double transport_distance(const torch::Tensor& samples, const torch::Tensor& exact) {
  return (std::get<0>(samples.squeeze(1).sort()) - exact).abs().mean().item<double>();
}

/// Samples and what they cost, for a number of steps (or, for rk45, the tolerance 10^-steps).
using Sampler = std::function<torch::Tensor(int steps, SamplerStatistics&)>;

void print(const char* process, const char* method, const std::vector<int>& steps, const torch::Tensor& exact,
           const Sampler& sampler) {
  for (const int n : steps) {
    SamplerStatistics statistics;
    const torch::Tensor samples = sampler(n, statistics);
    std::printf("%s,%s,%d,%ld,%.6g\n", process, method, n, static_cast<long>(statistics.evaluations),
                transport_distance(samples, exact));
  }
}

void compare(const char* name, const ProcessOptions& options) {
  const auto process = make_process(options);
  const Score score = Mixture::score(*process);
  // Equally probable starting points instead of random ones: no statistical error for the ordinary
  // differential equation.
  const torch::Tensor probability =
      (torch::arange(kSamples, torch::kFloat64) + 0.5) / static_cast<double>(kSamples);
  const double begin = process->start_time();
  const torch::Tensor start = Mixture::quantile(*process, begin, probability).unsqueeze(1);
  const torch::Tensor exact = Mixture::quantile(*process, kEndTime, probability);
  const torch::Tensor exact_at_zero = Mixture::quantile(*process, 0.0, probability);
  const Velocity velocity = probability_flow(*process, score);
  const std::vector<int> steps = {4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256};

  print(name, "rk45", {2, 3, 4, 5, 6, 7}, exact, [&](int digits, SamplerStatistics& statistics) {
    Rk45Options rk45;
    rk45.rtol = rk45.atol = std::pow(10.0, -digits);
    return integrate_rk45(velocity, start, begin, kEndTime, rk45, statistics);
  });
  print(name, "euler", steps, exact_at_zero, [&](int n, SamplerStatistics& statistics) {
    return integrate_euler_maruyama(*process, score, 0.0, start, ratio_nodes(*process, 0.0, n), {},
                                    statistics);
  });
  print(name, "heun", steps, exact_at_zero, [&](int n, SamplerStatistics& statistics) {
    return integrate_stochastic_heun(*process, score, 0.0, start, ratio_nodes(*process, 0.0, n), {},
                                     statistics);
  });

  const double m = process->mean(begin), s = process->stddev(begin);
  const double theta = std::atan2(s, m);
  const torch::Tensor w = start / std::hypot(m, s);
  const AngleFlow flow = angle_flow(*process, score);
  const std::pair<const char*, decltype(&integrate_angle_euler)> angle_methods[] = {
      {"angle_euler", integrate_angle_euler},
      {"angle_midpoint", integrate_angle_midpoint},
      {"angle_heun", integrate_angle_heun},
      {"angle_rk3", integrate_angle_rk3},
      {"dpm_solver_2m", integrate_dpm_solver_2m}};
  for (const auto& [method, integrate] : angle_methods)
    print(name, method, steps, exact_at_zero,
          [&, integrate = integrate](int n, SamplerStatistics& statistics) {
            return integrate(flow, w, AngleGrid::equal(theta, n), statistics);
          });

  const Increments increments = [](int step) {
    return normal_tensor({3, Stream::brownian_increment, static_cast<std::uint32_t>(step)}, 0, kSamples, 1,
                         torch::kFloat64);
  };
  print(name, "euler_maruyama", steps, exact_at_zero, [&](int n, SamplerStatistics& statistics) {
    return integrate_euler_maruyama(*process, score, 1.0, start, ratio_nodes(*process, 0.0, n), increments,
                                    statistics);
  });
  print(name, "stochastic_heun", steps, exact_at_zero, [&](int n, SamplerStatistics& statistics) {
    return integrate_stochastic_heun(*process, score, 1.0, start, ratio_nodes(*process, 0.0, n), increments,
                                     statistics);
  });
  // What independent exact samples give: no stochastic sampler can be better.
  std::printf("%s,exact samples,0,0,%.6g\n", name,
              transport_distance(Mixture::diffused(*process, kEndTime, kSamples), exact));
}

}  // namespace

int main() {
  std::puts("process,method,steps,evaluations,error");
  ProcessOptions exploding;
  ProcessOptions preserving;
  preserving.family = ProcessFamily::vp;
  compare("ve_geometric", exploding);
  compare("vp", preserving);
  return 0;
}
