#include "diffusion/sampling/probability_flow_ode.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>

#include "diffusion/numerics/random_tensor.h"
#include "diffusion/sampling/sampling_failure.h"
#include "gaussian.h"

using namespace scorefem::diffusion;  // NOLINT: a test of this namespace alone
using scorefem::diffusion::test::Gaussian;

namespace {

std::vector<ProcessOptions> processes() {
  std::vector<ProcessOptions> all(6);
  all[1].family = ProcessFamily::ve_linear;
  all[2].family = all[3].family = all[4].family = ProcessFamily::vp;
  all[3].k = 1.0;
  all[4].k = 3.0;
  all[5].family = ProcessFamily::vp_straight;
  all[5].k = 1.0;
  return all;
}

class ProbabilityFlow : public testing::TestWithParam<ProcessOptions> {};
INSTANTIATE_TEST_SUITE_P(Processes, ProbabilityFlow, testing::ValuesIn(processes()));

TEST_P(ProbabilityFlow, Rk45FollowsTheExactFlowOfAGaussian) {
  const auto process = make_process(GetParam());
  const Gaussian gaussian = Gaussian::example(8);
  const double begin = process->start_time(), end = 1e-5;
  const torch::Tensor start =
      process->stddev(begin) * normal_tensor({1, Stream::user}, 0, 200, 8, torch::kFloat64);
  const torch::Tensor exact = gaussian.flow(*process, start, begin, end);
  double last = 1.0;
  for (const double tolerance : {1e-3, 1e-5, 1e-7}) {
    Rk45Options options;
    options.rtol = options.atol = tolerance;
    SamplerStatistics statistics;
    const torch::Tensor result = integrate_rk45(probability_flow(*process, gaussian.score(*process)), start,
                                                begin, end, options, statistics);
    const double error = (result - exact).abs().max().item<double>();
    EXPECT_LT(error, 100.0 * tolerance);
    EXPECT_LT(error, 0.2 * last);
    last = error;
    EXPECT_EQ(statistics.evaluations, 2 + 6 * (statistics.accepted_steps + statistics.rejected_steps));
    EXPECT_EQ(statistics.rows_evaluated, 200 * statistics.evaluations);
  }
}

TEST_P(ProbabilityFlow, SamplesHaveTheMeanAndCovarianceOfTheGaussian) {
  constexpr std::int64_t kSamples = 20000, kDimension = 4;
  const auto process = make_process(GetParam());
  const Gaussian gaussian = Gaussian::example(kDimension);
  const double begin = process->start_time();
  // Start from the diffused Gaussian itself: what is tested is score, schedule and integrator.
  const double m = process->mean(begin), s = process->stddev(begin);
  const torch::Tensor z = normal_tensor({2, Stream::user}, 0, kSamples, kDimension, torch::kFloat64);
  const torch::Tensor start =
      m * gaussian.mean + (z * (m * m * gaussian.variance + s * s).sqrt()).matmul(gaussian.basis.t());
  SamplerStatistics statistics;
  const double end = GetParam().family == ProcessFamily::ve_linear ? 0.0 : 1e-5;
  const torch::Tensor x = integrate_rk45(probability_flow(*process, gaussian.score(*process)), start, begin,
                                         end, Rk45Options(), statistics);
  const torch::Tensor centred = x - x.mean(0);
  const torch::Tensor covariance = centred.t().matmul(centred) / static_cast<double>(kSamples - 1);
  const double s_end = process->stddev(end);
  const torch::Tensor exact = gaussian.covariance() + s_end * s_end * torch::eye(kDimension, torch::kFloat64);
  const torch::Tensor diagonal = exact.diagonal();
  const torch::Tensor mean_error = (diagonal / static_cast<double>(kSamples)).sqrt();
  EXPECT_LT(((x.mean(0) - gaussian.mean).abs() / mean_error).max().item<double>(), 4.0);
  const torch::Tensor covariance_error =
      ((exact.square() + torch::outer(diagonal, diagonal)) / static_cast<double>(kSamples)).sqrt();
  EXPECT_LT(((covariance - exact).abs() / covariance_error).max().item<double>(), 4.0);
}

// dx/dt = -x cos t, from 0 to 2: x = exp(-sin t).
torch::Tensor oscillation(const torch::Tensor& x, double t) {
  return -std::cos(t) * x;
}

TEST(Integrators, Rk45IsOfOrderFiveAndItsErrorFollowsTheTolerance) {
  const auto run = [](double tolerance) {
    Rk45Options options;
    options.rtol = options.atol = tolerance;
    SamplerStatistics statistics;
    const torch::Tensor start = torch::ones({1, 1}, torch::kFloat64);
    const double end = integrate_rk45(oscillation, start, 0.0, 2.0, options, statistics).item<double>();
    return std::pair{std::abs(end - std::exp(-std::sin(2.0))),
                     static_cast<double>(statistics.accepted_steps)};
  };
  const auto [coarse, few] = run(1e-6);
  const auto [fine, many] = run(1e-11);
  // The few steps are so long that terms of higher order show: measured 5.6.
  EXPECT_GT(std::log(coarse / fine) / std::log(many / few), 4.8);
  EXPECT_NEAR(std::log10(coarse / fine) / 5.0, 1.0, 0.2);
}

TEST(Integrators, Rk45StopsOnAStateThatIsNotFinite) {
  SamplerStatistics statistics;
  const Velocity blows_up = [](const torch::Tensor& x, double) { return x * std::nan(""); };
  EXPECT_THROW(integrate_rk45(blows_up, torch::ones({2, 2}, torch::kFloat64), 1.0, 0.0, {}, statistics),
               SamplingFailure);
  Rk45Options options;
  options.rtol = 0.0;
  EXPECT_THROW(options.validate(), std::invalid_argument);
}

}  // namespace
