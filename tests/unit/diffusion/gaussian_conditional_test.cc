#include "diffusion/model/gaussian_conditional.h"

#include <gtest/gtest.h>
#include <torch/autograd.h>
#include <torch/types.h>

#include <cmath>

#include "diffusion/numerics/row_multiply.h"
#include "gaussian_pairs.h"

using namespace scorefem::diffusion;  // NOLINT: a test of this namespace alone
using scorefem::diffusion::test::GaussianPairs;

namespace {

/// The exact moments of GaussianPairs.
JointMoments exact_moments(const GaussianPairs& problem) {
  const torch::Tensor prior = problem.stddev * problem.stddev * torch::eye(2, torch::kFloat64);
  const torch::Tensor joint = torch::cat({torch::eye(2, torch::kFloat64), problem.map});
  const torch::Tensor mean = torch::full({2}, problem.mean, torch::kFloat64);
  return {mean, problem.map.matmul(mean), joint.matmul(prior).matmul(joint.t())};
}

TEST(GaussianConditional, IsTheExactPosteriorForEveryMaskAndLevel) {
  const GaussianPairs problem;
  const torch::Tensor mask =
      torch::tensor({{1.0, 1.0, 1.0}, {0.0, 1.0, 1.0}, {0.0, 0.0, 1.0}, {0.0, 0.0, 0.0}}, torch::kFloat64);
  const torch::Tensor level = torch::tensor({0.01, 0.4, 2.0, 1.0}, torch::kFloat64);
  const JointMoments moments = exact_moments(problem);
  const GaussianConditional conditional = GaussianConditional::of(moments, mask, level);
  const torch::Tensor y = torch::tensor({4.0, 2.0, -1.0}, torch::kFloat64);
  for (std::int64_t i = 0; i < 4; ++i) {
    const auto [covariance, mean] = problem.posterior(y, mask[i], level[i].item<double>());
    const torch::Tensor mu = moments.mean_inferred + (y - moments.mean_measured).matmul(conditional.gain[i]);
    EXPECT_LT((mu - mean).abs().max().item<double>(), 1e-8);
    EXPECT_LT((conditional.root[i].matmul(conditional.root[i]) - covariance).abs().max().item<double>(),
              1e-8);
    EXPECT_LT((conditional.root[i].matmul(conditional.inverse_root[i]) - torch::eye(2, torch::kFloat64))
                  .abs()
                  .max()
                  .item<double>(),
              1e-8);
    EXPECT_LT((conditional.stddev[i].square() - covariance.diagonal()).abs().max().item<double>(), 1e-8);
  }
}

TEST(GaussianConditional, NoiseFreeRedundantSensorsStayFinite) {
  const JointMoments moments =
      exact_moments(GaussianPairs());  // 3 sensors of 2 unknowns: a singular covariance
  const GaussianConditional conditional = GaussianConditional::of(
      moments, torch::ones({1, 3}, torch::kFloat64), torch::zeros({1}, torch::kFloat64));
  EXPECT_TRUE(torch::isfinite(conditional.gain).all().item<bool>());
  EXPECT_TRUE(torch::isfinite(conditional.inverse_root).all().item<bool>());
  EXPECT_LT(conditional.stddev.max().item<double>(), 1e-5);
}

/// y = x + 0.15 x^2 with independent x ~ N(1, 0.5^2): a map whose inverse is close to quadratic.
Pairs curved_pairs(std::int64_t n, std::uint64_t seed) {
  Pairs pairs;
  pairs.inferred = 1.0 + 0.5 * normal_tensor({seed, Stream::user}, 0, n, 3, torch::kFloat64);
  pairs.measured = pairs.inferred + 0.15 * pairs.inferred.square();
  pairs.noise = normal_tensor({seed, Stream{2}}, 0, n, 3, torch::kFloat64);
  pairs.mask = torch::ones({n, 3}, torch::kFloat64);
  return pairs;
}

TEST(QuadraticConditional, KnowsMeanAndCovarianceOfItsErrorUnderNoiseAndMasks) {
  // The moments are those of noise-free pairs; the errors are measured on other pairs with noise. Standard
  // errors with 200,000 pairs: 0.3 % of a standard deviation for means, 0.3 % for covariances, and as much
  // again for the moments.
  const std::int64_t n = 200000;
  const JointMoments moments = [&] {
    const Pairs pairs = curved_pairs(n, 1);
    return JointMoments::of(pairs, Centre::quadratic);
  }();
  ASSERT_EQ(moments.covariance.size(0), 3 + 3 + 6);
  const Pairs test = curved_pairs(n, 2);
  for (const double noise : {0.0, 0.1, 0.5})
    for (const bool all_on : {true, false}) {
      torch::Tensor mask = torch::ones({1, 3}, torch::kFloat64);
      if (!all_on) mask[0][1] = 0.0;
      const torch::Tensor level = torch::full({1}, noise, torch::kFloat64);
      const GaussianConditional conditional = GaussianConditional::of(moments, mask, level);
      const torch::Tensor features =
          moments.features(test.measured + noise * test.noise, mask.expand({n, 3}), level.expand({n}));
      EXPECT_LT((features.mean(0).abs() / features.std(0).clamp_min(1e-3)).max().item<double>(), 0.02);
      const torch::Tensor error =
          test.inferred - moments.mean_inferred - features.matmul(conditional.gain[0]);
      const torch::Tensor white = error.matmul(conditional.inverse_root[0]);
      EXPECT_LT(white.mean(0).abs().max().item<double>(), 0.02) << noise << all_on;
      const torch::Tensor covariance = white.t().matmul(white) / static_cast<double>(n);
      // Without noise the error is nearly a cubic of a Gaussian, with a kurtosis of about 100: a standard
      // error of 3 %.
      EXPECT_LT((covariance - torch::eye(3, torch::kFloat64)).abs().max().item<double>(),
                noise > 0.0 ? 0.03 : 0.1)
          << noise << all_on;
    }
}

TEST(QuadraticConditional, BeatsTheLinearOneWhereTheMapIsCurved) {
  const Pairs pairs = curved_pairs(20000, 1);
  const torch::Tensor mask = torch::ones({1, 3}, torch::kFloat64), level = torch::zeros({1}, torch::kFloat64);
  const auto stddev = [&](Centre centre) {
    const JointMoments moments = JointMoments::of(pairs, centre);
    return GaussianConditional::of(moments, mask, level).stddev.mean().item<double>();
  };
  EXPECT_LT(stddev(Centre::quadratic), 0.3 * stddev(Centre::linear));
}

TEST(QuadraticConditional, IsTheLinearOneForAGaussian) {
  // Products tell nothing new about a Gaussian: the covariances agree within the moments' sampling error, 1 /
  // sqrt(n).
  const Pairs pairs = GaussianPairs().draw(100000);
  const torch::Tensor mask = torch::tensor({{1.0, 0.0, 1.0}}, torch::kFloat64);
  const torch::Tensor level = torch::tensor({0.4}, torch::kFloat64);
  const auto conditional = [&](Centre centre) {
    return GaussianConditional::of(JointMoments::of(pairs, centre), mask, level);
  };
  const torch::Tensor ratio = conditional(Centre::quadratic).stddev / conditional(Centre::linear).stddev;
  EXPECT_LT((ratio - 1.0).abs().max().item<double>(), 0.01);
}

TEST(RowMultiply, AgreesWithMatrixProductsAndTheirGradients) {
  const torch::Tensor index = torch::arange(200, torch::kInt64).remainder(5);
  const torch::Tensor x =
      torch::sin(torch::arange(200 * 4, torch::kFloat64)).view({200, 4}).requires_grad_(true);
  const auto gradient = [&](const torch::Tensor& y) {
    return torch::autograd::grad({y.pow(3).sum()}, {x})[0];
  };
  for (const bool transposed : {false, true}) {
    const torch::Tensor matrices = torch::cos(torch::arange(5 * 4 * 3, torch::kFloat64))
                                       .view({5, transposed ? 3 : 4, transposed ? 4 : 3});
    const torch::Tensor result = row_multiply(x, matrices, index, transposed);
    const torch::Tensor selected = matrices.index_select(0, index);
    const torch::Tensor expected =
        torch::bmm(x.unsqueeze(1), transposed ? selected.transpose(1, 2) : selected).squeeze(1);
    EXPECT_LT((result - expected).abs().max().item<double>(), 1e-14) << transposed;
    EXPECT_LT((gradient(result) - gradient(expected)).abs().max().item<double>(), 1e-13) << transposed;
  }
}

}  // namespace
