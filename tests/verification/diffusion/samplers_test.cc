#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>
#include <functional>

#include "diffusion/numerics/random_tensor.h"
#include "diffusion/sampling/angle_flow.h"
#include "diffusion/sampling/stochastic_sampler.h"
#include "gaussian.h"
#include "mixture.h"

using namespace scorefem::diffusion;  // NOLINT: a test of this namespace alone
using scorefem::diffusion::test::Gaussian;
using scorefem::diffusion::test::Mixture;

namespace {

ProcessOptions of_family(ProcessFamily family, double k = 2.0) {
  ProcessOptions options;
  options.family = family;
  options.k = k;
  return options;
}

ProcessOptions preserving(double k) {
  return of_family(ProcessFamily::vp, k);
}

using AngleIntegrator = torch::Tensor (*)(const AngleFlow&, torch::Tensor, const AngleGrid&,
                                          SamplerStatistics&);

struct AngleMethod {
  const char* name;
  AngleIntegrator integrate;
  double order;
  int evaluations_a_step;
};

class AngleMethods : public testing::TestWithParam<AngleMethod> {};
INSTANTIATE_TEST_SUITE_P(All, AngleMethods,
                         testing::Values(AngleMethod{"euler", integrate_angle_euler, 1.0, 1},
                                         AngleMethod{"midpoint", integrate_angle_midpoint, 2.0, 2},
                                         AngleMethod{"heun", integrate_angle_heun, 2.0, 2},
                                         AngleMethod{"rk3", integrate_angle_rk3, 3.0, 3},
                                         AngleMethod{"dpm_solver_2m", integrate_dpm_solver_2m, 1.8, 1}),
                         [](const auto& instance) { return std::string(instance.param.name); });

TEST_P(AngleMethods, ConvergeToTheExactFlowOfAGaussianAtTheirOrder) {
  const auto process = make_process(preserving(2.0));
  const Gaussian gaussian = Gaussian::example(4, -1.0);
  const double begin = process->start_time();
  const double theta = std::atan2(process->stddev(begin), process->mean(begin));
  const torch::Tensor start = normal_tensor({1, Stream::user}, 0, 100, 4, torch::kFloat64);
  const torch::Tensor exact = gaussian.flow(*process, start, begin, 0.0);
  const auto error = [&](int steps) {
    SamplerStatistics statistics;
    const torch::Tensor end = GetParam().integrate(angle_flow(*process, gaussian.score(*process)), start,
                                                   AngleGrid::equal(theta, steps), statistics);
    return (end - exact).square().mean().sqrt().item<double>();
  };
  EXPECT_NEAR(std::log2(error(800) / error(1600)), GetParam().order, 0.1);
  EXPECT_LT(error(1600), GetParam().order > 1.5 ? 2e-4 : 2e-2);
}

TEST_P(AngleMethods, CountTheirEvaluations) {
  const AngleFlow zero = [](const torch::Tensor& w, double) { return torch::zeros_like(w); };
  const torch::Tensor start = normal_tensor({1, Stream::user}, 0, 50, 3, torch::kFloat64);
  SamplerStatistics statistics;
  const torch::Tensor end =
      GetParam().integrate(zero, start, AngleGrid::equal(std::acos(0.0), 3), statistics);
  EXPECT_EQ(statistics.evaluations, 3 * GetParam().evaluations_a_step);
  EXPECT_EQ(statistics.rows_evaluated, 50 * statistics.evaluations);
  // A standard normal, what a Gaussian residual is, has F = 0: Runge-Kutta methods are exact in any number of
  // steps.
  if (GetParam().integrate != integrate_dpm_solver_2m) {
    EXPECT_TRUE(end.equal(start));
  }
}

TEST(AngleAdaptive, MovesRowsNearAGaussianThatHardlyMoveOnceAndTheOthersInSteps) {
  const double theta = std::acos(0.0);
  // Along a row of speed a the state grows: w(0) = w(theta) exp(a theta).
  const torch::Tensor speed = torch::tensor({{0.001}, {0.5}, {0.01}, {-0.4}, {0.001}}, torch::kFloat64);
  const auto flow_of = [&](const torch::Tensor& rows) {
    const torch::Tensor a = speed.index_select(0, rows);
    return [a](const torch::Tensor& w, double) { return a * w; };
  };
  const torch::Tensor start = torch::ones({5, 3}, torch::kFloat64);
  const AngleGrid grid = AngleGrid::equal(theta, 8);
  const torch::Tensor near = torch::tensor({true, true, true, false, false}, torch::kBool);
  SamplerStatistics statistics;
  const torch::Tensor end = integrate_angle_adaptive(flow_of, near, start, grid, {0.05, 0.02}, statistics);
  EXPECT_EQ(statistics.rows_evaluated, 3 + 3 * (1 + 3 * 8));
  const torch::Tensor error = (end - (theta * speed).exp() * start).abs().amax(1);
  EXPECT_NEAR(error[0].item<double>(), 0.5 * std::pow(0.001 * theta, 2),
              1e-8);  // half the displacement's square
  EXPECT_NEAR(error[2].item<double>(), 0.5 * std::pow(0.01 * theta, 2), 1e-5);
  EXPECT_LT(error.index_select(0, torch::tensor({1, 3, 4}, torch::kInt64)).max().item<double>(), 2e-4);

  const torch::Tensor every = torch::arange(5, torch::kInt64);
  SamplerStatistics plain;
  const torch::Tensor steps = integrate_angle_rk3(flow_of(every), start, grid, plain);
  for (const bool tries : {true, false}) {
    SamplerStatistics all;
    const torch::Tensor mask = torch::full({5}, tries, torch::kBool);
    EXPECT_TRUE(integrate_angle_adaptive(flow_of, mask, start, grid, {0.0, 1.0}, all).equal(steps));
    EXPECT_EQ(all.rows_evaluated, plain.rows_evaluated + 5 + (tries ? 5 : 0));
  }
}

TEST(AngleAdaptive, StepsShrinkForRowsWhoseDensityIsNarrow) {
  // For N(0, v) F = (v - 1) sin(theta) cos(theta) w / (v cos^2 + sin^2), and w(0) = sqrt(v) w(pi / 2).
  const torch::Tensor width = torch::tensor({1.0, 0.3, 0.03, 0.003}, torch::kFloat64).unsqueeze(1);
  const auto flow_of = [&](const torch::Tensor& rows) {
    const torch::Tensor v = width.index_select(0, rows).square();
    return [v](const torch::Tensor& w, double theta) {
      const double c = std::cos(theta), s = std::sin(theta);
      return (v - 1.0) * s * c / (v * c * c + s * s) * w;
    };
  };
  const torch::Tensor start = torch::full({4, 2}, 1.5, torch::kFloat64);
  const torch::Tensor none = torch::zeros({4}, torch::kBool);
  const auto width_error = [&](double step_error, SamplerStatistics& statistics) {
    const torch::Tensor end = integrate_angle_adaptive(
        flow_of, none, start, AngleGrid::equal(std::acos(0.0), 3), {0.1, step_error}, statistics);
    return ((end - width * start).abs().amax(1) / (1.5 * width.squeeze(1))).max().item<double>();
  };
  SamplerStatistics equal, halved, finer;
  EXPECT_GT(width_error(1e9, equal), 1.0);
  EXPECT_LT(width_error(0.02, halved), 0.1);
  EXPECT_LT(width_error(0.002, finer), 0.02);
  EXPECT_EQ(equal.rows_evaluated, 4 * 10);
  EXPECT_LT(halved.rows_evaluated, 4 * 45);
  EXPECT_GT(finer.rows_evaluated, halved.rows_evaluated);
  // A row does not depend on the others.
  SamplerStatistics alone;
  const torch::Tensor third = torch::tensor({2}, torch::kInt64);
  const auto flow_of_third = [&](const torch::Tensor& rows) { return flow_of(third.index_select(0, rows)); };
  const AngleGrid grid = AngleGrid::equal(std::acos(0.0), 3);
  const torch::Tensor together = integrate_angle_adaptive(flow_of, none, start, grid, {0.1, 0.02}, halved);
  EXPECT_TRUE(integrate_angle_adaptive(flow_of_third, none.narrow(0, 0, 1), start.narrow(0, 0, 1), grid,
                                       {0.1, 0.02}, alone)
                  .equal(together.narrow(0, 2, 1)));
}

TEST(AngleFlow, IsTheSameCurveForEveryProcess) {
  const Gaussian gaussian = Gaussian::example(4);
  const torch::Tensor w = normal_tensor({1, Stream::user}, 0, 20, 4, torch::kFloat64);
  const auto reference = make_process(preserving(2.0));
  std::vector<ProcessOptions> others(4);
  others[1].family = ProcessFamily::ve_linear;
  others[2] = preserving(1.0);
  others[3].family = ProcessFamily::vp_straight;
  for (const ProcessOptions& options : others) {
    const auto process = make_process(options);
    for (const double theta : {0.1, 0.5, 1.1}) {
      const torch::Tensor expected = angle_flow(*reference, gaussian.score(*reference))(w, theta);
      const torch::Tensor result = angle_flow(*process, gaussian.score(*process))(w, theta);
      EXPECT_LT((result - expected).abs().max().item<double>(), 1e-9);
    }
  }
}

using StochasticIntegrator = decltype(&integrate_euler_maruyama);

/// Error of the standard deviation that a scheme gives to a Gaussian, without statistical error.
double stddev_error(StochasticIntegrator integrate, double alpha, int steps) {
  constexpr double kSigma = 0.5;
  const auto process = make_process(preserving(2.0));
  const Score score = [&](const torch::Tensor& x, double t) {
    const double m = process->mean(t), s = process->stddev(t);
    return -x / (m * m * kSigma * kSigma + s * s);
  };
  // The state is linear in start and increments: its variance is the sum of squared responses to unit ones.
  const std::int64_t inputs = steps + 1;
  torch::Tensor state = torch::zeros({inputs, 1}, torch::kFloat64);
  const double m = process->mean(1.0), s = process->stddev(1.0);
  state[0][0] = std::sqrt(m * m * kSigma * kSigma + s * s);
  const Increments unit = [inputs](int step) {
    torch::Tensor z = torch::zeros({inputs, 1}, torch::kFloat64);
    z[step + 1][0] = 1.0;
    return z;
  };
  SamplerStatistics statistics;
  const torch::Tensor end =
      integrate(*process, score, alpha, state, ratio_nodes(*process, 0.0, steps), unit, statistics);
  return std::abs(end.square().sum().sqrt().item<double>() - kSigma);
}

TEST(StochasticSamplers, ConvergeInDistributionAtTheirOrderAtLeast) {
  // With alpha > 0 errors of early steps are forgotten, and the width of a Gaussian converges an order
  // faster.
  for (const double alpha : {0.0, 1.0, 2.0}) {
    const double euler = std::log2(stddev_error(integrate_euler_maruyama, alpha, 200) /
                                   stddev_error(integrate_euler_maruyama, alpha, 400));
    const double heun = std::log2(stddev_error(integrate_stochastic_heun, alpha, 200) /
                                  stddev_error(integrate_stochastic_heun, alpha, 400));
    EXPECT_GT(euler, alpha > 0.0 ? 1.8 : 0.9) << "alpha = " << alpha;
    EXPECT_GT(heun, alpha > 0.0 ? 2.7 : 1.8) << "alpha = " << alpha;
    EXPECT_LT(stddev_error(integrate_stochastic_heun, alpha, 400), 1e-4) << "alpha = " << alpha;
    EXPECT_LT(stddev_error(integrate_euler_maruyama, alpha, 400), 5e-3) << "alpha = " << alpha;
  }
}

struct Member {
  const char* name;
  ProcessOptions options;
};

class EveryProcess : public testing::TestWithParam<Member> {};
INSTANTIATE_TEST_SUITE_P(Family, EveryProcess,
                         testing::Values(Member{"ve_geometric", of_family(ProcessFamily::ve_geometric)},
                                         Member{"ve_linear", of_family(ProcessFamily::ve_linear)},
                                         Member{"vp_k1", preserving(1.0)}, Member{"vp_k2", preserving(2.0)},
                                         Member{"vp_straight", of_family(ProcessFamily::vp_straight, 1.0)}),
                         [](const auto& instance) { return std::string(instance.param.name); });

TEST_P(EveryProcess, AllAlphaShareTheMarginalsOfAMixture) {
  constexpr std::int64_t kSamples = 20000;
  const auto process = make_process(GetParam().options);
  const double begin = process->start_time(), end = 0.0;
  const Score score = Mixture::score(*process);
  const torch::Tensor start = Mixture::diffused(*process, begin, kSamples);
  const torch::Tensor exact = Mixture::diffused(*process, end, 50 * kSamples);
  // Of each half as a set of its own: how many there are, where, and how wide.
  const auto check = [&](const torch::Tensor& x, const std::string& name) {
    const double n = static_cast<double>(kSamples);
    const double cut = -0.4;
    EXPECT_NEAR(x.lt(cut).to(torch::kFloat64).mean().item<double>(),
                exact.lt(cut).to(torch::kFloat64).mean().item<double>(), 4.0 * std::sqrt(0.21 / n) + 0.002)
        << name;
    for (const bool left : {true, false}) {
      const auto half = [&](const torch::Tensor& all) {
        return all.masked_select(left ? all.lt(cut) : all.ge(cut));
      };
      const double share = left ? 0.3 : 0.7;
      const double spread = half(exact).std().item<double>();
      EXPECT_NEAR(half(x).mean().item<double>(), half(exact).mean().item<double>(),
                  4.0 * spread / std::sqrt(share * n) + 0.003)
          << name << ", left: " << left;
      EXPECT_NEAR(half(x).std().item<double>(), spread, 4.0 * spread / std::sqrt(2.0 * share * n) + 0.004)
          << name << ", left: " << left;
    }
  };
  SamplerStatistics statistics;
  check(integrate_rk45(probability_flow(*process, score), start, begin, end, {}, statistics), "ODE");
  for (const double alpha : {0.3, 1.0, 2.0}) {
    const Increments increments = [&](int step) {
      return normal_tensor({3, Stream::brownian_increment, static_cast<std::uint32_t>(step)}, 0, kSamples, 1,
                           torch::kFloat64);
    };
    check(integrate_stochastic_heun(*process, score, alpha, start, ratio_nodes(*process, end, 200),
                                    increments, statistics),
          "stochastic Heun, alpha = " + std::to_string(alpha));
    check(integrate_euler_maruyama(*process, score, alpha, start, ratio_nodes(*process, end, 1000),
                                   increments, statistics),
          "Euler-Maruyama, alpha = " + std::to_string(alpha));
  }
}

}  // namespace
