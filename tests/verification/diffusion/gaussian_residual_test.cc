#include "diffusion/model/gaussian_residual.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <string>

#include "../../unit/diffusion/gaussian_pairs.h"
#include "diffusion/options/options_text.h"
#include "diffusion/sampling/angle_flow.h"
#include "diffusion/sampling/posterior_sampler.h"
#include "diffusion/training/checkpoint.h"
#include "diffusion/training/training.h"
#include "sample_deviation.h"

using namespace scorefem::diffusion;  // NOLINT: a test of this namespace alone
using scorefem::diffusion::test::Deviation;
using scorefem::diffusion::test::GaussianPairs;
using scorefem::diffusion::test::kErrors;
using scorefem::diffusion::test::standard_error;

namespace {

/// Samples of each posterior, unless a test says otherwise.
constexpr std::int64_t kSamples = 4000;
/// Pairs of the Gaussian problem.
constexpr std::int64_t kPairs = 20000;

/// Standard errors of a Gaussian's moments that rest on kSamples samples, and on a regression on kPairs
/// pairs: its prediction errs by the more, the farther the measurement is from the mean of the pairs'.
/// @param distance squared, of Mahalanobis, over the sensors that are on
Deviation standard_error_learnt(double distance) {
  const Deviation samples = standard_error(kSamples), pairs = standard_error(kPairs);
  return {std::hypot(samples.shift, pairs.shift * std::sqrt(1.0 + distance)),
          std::hypot(samples.width, pairs.width)};
}

/// Of a measurement [3] of GaussianPairs from the mean of all.
double squared_distance(const torch::Tensor& values, const torch::Tensor& mask, double noise) {
  const GaussianPairs problem;
  const torch::Tensor on = mask.nonzero().squeeze(1);
  const torch::Tensor map = problem.map.index_select(0, on);
  const torch::Tensor covariance = problem.stddev * problem.stddev * map.matmul(map.t()) +
                                   noise * noise * torch::eye(on.size(0), torch::kFloat64);
  const torch::Tensor deviation = values.index_select(0, on) - problem.mean * map.sum(1);
  return deviation.dot(torch::linalg_inv(covariance).matmul(deviation)).item<double>();
}

/// Mean and standard deviation of the samples of each measurement, [n, d] each.
std::pair<torch::Tensor, torch::Tensor> moments(const Model& model, const Measurements& m,
                                                SamplerOptions options, std::int64_t n_samples = kSamples) {
  options.batch_rows = n_samples;  // each batch holds whole measurements
  std::vector<torch::Tensor> parts;
  sample_posterior(model, m, n_samples, options, 5, 0,
                   [&](std::int64_t, std::int64_t, const torch::Tensor& samples) {
                     ASSERT_EQ(samples.size(1), n_samples);
                     parts.push_back(samples.to(torch::kFloat64));
                   });
  const torch::Tensor samples = torch::cat(parts);
  return {samples.mean(1), samples.std(1)};
}

Measurements gaussian_measurements() {
  const Pairs pairs = GaussianPairs().draw(5, 99);
  Measurements m;
  m.noise_std = torch::tensor({0.1, 0.3, 0.9, 0.3, 0.5}, torch::kFloat64);
  m.values = pairs.measured + m.noise_std.unsqueeze(1) * pairs.noise;
  m.mask = torch::ones({5, 3}, torch::kFloat64);
  m.mask[1][0] = 0.0;
  m.mask[3].fill_(0.0);
  return m;
}

class GaussianResidualTest : public testing::Test {
 protected:
  void SetUp() override {
    path_ =
        (std::filesystem::temp_directory_path() / ("scorefem_residual_" + std::to_string(::getpid()) + ".pt"))
            .string();
    std::filesystem::remove(path_);
    model_.network = Network::gaussian_residual;
    model_.activation = Activation::silu;
    model_.width = 64;
    model_.hidden_layers = 2;
    model_.masked = true;
    options_.batch_size = 500;
    options_.noise = {0.05, 1.0};
    options_.fresh_noise = options_.fresh_masks = true;
    options_.schedule = LearningRateSchedule::cosine;
    options_.ema_decay = 0.999;
    options_.threads = 1;
  }
  void TearDown() override { std::filesystem::remove(path_); }

  std::string path_;
  ModelOptions model_;
  TrainingOptions options_;
};

TEST_F(GaussianResidualTest, IsExactForAGaussianProblemAtEveryMaskAndLevelWithEveryMethodAndProcess) {
  options_.epochs = 2;  // F = 0 to begin with, and nothing to learn
  const GaussianPairs problem;
  const Measurements m = gaussian_measurements();
  for (const ProcessFamily family : {ProcessFamily::ve_geometric, ProcessFamily::vp_straight}) {
    ProcessOptions process;
    process.family = family;
    train(problem.draw(kPairs), process, model_, options_, path_);
    const auto model = load_model(path_);
    std::filesystem::remove(path_);
    for (const Method method : {Method::rk45, Method::angle_midpoint, Method::stochastic_heun}) {
      SamplerOptions sampler;
      sampler.method = method;
      sampler.steps = method == Method::angle_midpoint ? 4 : 100;
      sampler.threads = 1;
      sampler.end_time = 1e-3;  // a network that is not exact makes the score stiff below
      const auto [mean, stddev] = moments(*model, m, sampler);
      for (std::int64_t i = 0; i < m.size(); ++i) {
        const auto [covariance, exact] =
            problem.posterior(m.values[i], m.mask[i], m.noise_std[i].item<double>());
        const torch::Tensor scale = covariance.diagonal().sqrt();
        const Deviation error =
            standard_error_learnt(squared_distance(m.values[i], m.mask[i], m.noise_std[i].item<double>()));
        const double shift = ((mean[i] - exact) / scale).abs().max().item<double>();
        const double width = (stddev[i] / scale).log().abs().max().item<double>();
        EXPECT_LT(shift, kErrors * error.shift)
            << to_string(family) << i << " by " << static_cast<int>(method);
        EXPECT_LT(width, kErrors * error.width)
            << to_string(family) << i << " by " << static_cast<int>(method);
      }
    }
  }
}

/// What that notices of samples without an error of their own: a mean that is off by a fifth of a standard
/// deviation, a width by a tenth, at every mask and level of that test.
TEST(GaussianResidualCheck, SeesSmallDeviations) {
  const Measurements m = gaussian_measurements();
  for (std::int64_t i = 0; i < m.size(); ++i) {
    const Deviation error =
        standard_error_learnt(squared_distance(m.values[i], m.mask[i], m.noise_std[i].item<double>()));
    EXPECT_LT(kErrors * error.shift, 1.0 / 5.0) << i;
    EXPECT_LT(kErrors * error.width, std::log(1.1)) << i;
  }
}

TEST_F(GaussianResidualTest, LearnsAClippedPrior) {
  // x = max(0, N(0.3, 1)), y = x + noise: a point mass at 0 and a truncated Gaussian.
  const std::int64_t n = 20000;
  const auto prior = [](std::int64_t size, std::uint64_t seed) {
    return (0.3 + normal_tensor({seed, Stream::user}, 0, size, 1, torch::kFloat64)).clamp_min(0.0);
  };
  Pairs pairs;
  pairs.inferred = prior(n, 1);
  pairs.measured = pairs.inferred.clone();
  pairs.noise = normal_tensor({2, Stream::user}, 0, n, 1, torch::kFloat64);
  pairs.mask = torch::ones({n, 1}, torch::kFloat64);
  model_.masked = false;
  model_.positive = true;
  options_.epochs = 40;
  options_.noise = {0.5, 0.5};
  options_.learning_rate = 2e-3;
  train(pairs, {}, model_, options_, path_);
  const auto model = load_model(path_);
  Measurements m;
  m.values = torch::tensor({{-0.5}, {0.2}, {0.8}, {2.0}}, torch::kFloat64);
  m.mask = torch::ones({4, 1}, torch::kFloat64);
  m.noise_std = torch::full({4}, 0.5, torch::kFloat64);
  SamplerOptions sampler;
  sampler.method = Method::angle_heun;
  sampler.steps = 24;
  const auto [mean, stddev] = moments(*model, m, sampler, 20000);
  // Exact moments by importance sampling from the prior.
  const torch::Tensor x = prior(400000, 7);
  for (std::int64_t i = 0; i < 4; ++i) {
    const torch::Tensor weight = torch::exp(-(m.values[i] - x).square() / (2.0 * 0.25));
    const torch::Tensor exact = (weight * x).sum() / weight.sum();
    const torch::Tensor spread = ((weight * (x - exact).square()).sum() / weight.sum()).sqrt();
    EXPECT_NEAR(mean[i].item<double>(), exact.item<double>(), 0.06 * spread.item<double>() + 0.01) << i;
    EXPECT_NEAR(stddev[i].item<double>() / spread.item<double>(), 1.0, 0.06) << i;
  }
}

// A network whose flow is that of the posterior without clipping: weight 1, and nothing else.
GaussianResidual unclipped_model() {
  GaussianPairs problem;
  problem.mean = 0.0;  // clipped half of the time
  Pairs pairs = problem.draw(20000);
  pairs.measured = pairs.inferred.clamp_min(0.0).matmul(problem.map.t());
  ModelSetup setup;
  setup.model.network = Network::gaussian_residual;
  setup.model.positive = true;
  setup.model.width = 8;
  setup.model.hidden_layers = 1;
  setup.noise = {0.02, 0.02};
  setup.n_inferred = 2;
  setup.n_measured = 3;
  GaussianResidual model(setup, pairs, torch::kCPU);
  torch::Tensor parameters = torch::zeros({model.network().n_parameters()});
  auto [name, bias] = model.network().named_views(parameters).back();
  bias.narrow(0, 4 * setup.n_inferred, setup.n_inferred).fill_(1.0);
  model.set_parameters(parameters);
  return model;
}

/// The noise-free measurement of x = (1.5, 1) and of a point that is clipped.
Measurements far_and_clipped() {
  Measurements m;
  const torch::Tensor x = torch::tensor({{1.5, 1.0}, {-1.0, -1.0}}, torch::kFloat64);
  m.values = x.clamp_min(0.0).matmul(GaussianPairs().map.t());
  m.mask = torch::ones({2, 3}, torch::kFloat64);
  m.noise_std = torch::full({2}, 0.02, torch::kFloat64);
  return m;
}

TEST(RelativeFlow, VanishesWhereThePosteriorIsNotClippedAndIsTheSameFlowElsewhere) {
  constexpr double kHalfPi = 1.57079632679489661923;
  const GaussianResidual model = unclipped_model();
  const std::int64_t n = 200;
  const auto conditioned = model.condition(
      far_and_clipped(), torch::arange(2, torch::kInt64).repeat_interleave(n), Precision::float32);
  const torch::Tensor w = normal_tensor({3, Stream::user}, 0, 2 * n, 2, torch::kFloat64)
                              .clamp(-2.0, 2.0);  // F stays below its bound
  const torch::Tensor u = conditioned->relative_state(w);
  for (const double theta : {kHalfPi, 1.0, 0.3, 0.05}) {
    const torch::Tensor relative = conditioned->relative_flow(u, theta).abs();
    EXPECT_LT(relative.narrow(0, 0, n).max().item<double>(), 1e-3) << theta;
    EXPECT_GT(relative.narrow(0, n, n).mean().item<double>(), 1e-2) << theta;
  }
  EXPECT_TRUE(torch::allclose(conditioned->absolute_state(u).narrow(0, n, n), w.narrow(0, n, n), 0.0, 1e-6));

  SamplerStatistics statistics;
  const auto integrate = [&](const AngleFlow& flow, const torch::Tensor& start, int steps) {
    return integrate_angle_rk3(flow, start, AngleGrid::equal(kHalfPi, steps), statistics);
  };
  const torch::Tensor expected =
      integrate([&](const torch::Tensor& x, double theta) { return conditioned->flow(x, theta); }, w, 1000);
  const auto found = [&](int steps) {
    return conditioned->absolute_state(
        integrate([&](const torch::Tensor& x, double theta) { return conditioned->relative_flow(x, theta); },
                  u, steps));
  };
  const torch::Tensor stddev = expected.narrow(0, 0, n).std(0);
  const torch::Tensor one_step = (found(1) - expected).narrow(0, 0, n) / stddev;
  EXPECT_LT(one_step.abs().max().item<double>(), 5e-3);
  EXPECT_LT((found(1000) - expected).narrow(0, n, n).abs().max().item<double>(), 1e-3);
}

TEST(RelativeFlow, OneEvaluationIsEnoughWhereNothingIsClipped) {
  const GaussianResidual model = unclipped_model();
  const auto sample = [&](Method method, int steps, SamplerStatistics& statistics) {
    SamplerOptions options;
    options.method = method;
    options.steps = steps;
    options.step_error = 10.0;  // no step is halved
    torch::Tensor samples = torch::empty({2, 300, 2}, torch::kFloat32);
    statistics = sample_posterior(model, far_and_clipped(), 300, options, 5, 0,
                                  [&](std::int64_t i, std::int64_t j, const torch::Tensor& part) {
                                    samples.narrow(0, i, part.size(0)).narrow(1, j, part.size(1)).copy_(part);
                                  });
    return samples;
  };
  SamplerStatistics adaptive, accurate;
  const torch::Tensor found = sample(Method::angle_adaptive, 50, adaptive);
  const torch::Tensor expected = sample(Method::angle_rk3, 50, accurate);
  EXPECT_EQ(adaptive.rows_evaluated, 300 + 300 * (1 + 3 * 50));
  EXPECT_LT(((found - expected)[0] / expected[0].std(0)).abs().max().item<double>(), 5e-3);
  EXPECT_TRUE(torch::allclose(found[1], expected[1], 1e-5, 1e-5));
}

}  // namespace
