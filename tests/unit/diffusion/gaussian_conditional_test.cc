#include "diffusion/gaussian_conditional.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

#include "diffusion/row_multiply.h"
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

TEST(RowMultiply, AgreesWithMatrixProductsAndTheirGradients) {
  const torch::Tensor matrices = torch::cos(torch::arange(5 * 4 * 3, torch::kFloat64)).view({5, 4, 3});
  const torch::Tensor index = torch::arange(200, torch::kInt64).remainder(5);
  const torch::Tensor x =
      torch::sin(torch::arange(200 * 4, torch::kFloat64)).view({200, 4}).requires_grad_(true);
  const torch::Tensor result = row_multiply(x, matrices, index);
  const torch::Tensor expected = torch::bmm(x.unsqueeze(1), matrices.index_select(0, index)).squeeze(1);
  EXPECT_LT((result - expected).abs().max().item<double>(), 1e-14);
  const auto gradient = [&](const torch::Tensor& y) {
    return torch::autograd::grad({y.pow(3).sum()}, {x})[0];
  };
  EXPECT_LT((gradient(result) - gradient(expected)).abs().max().item<double>(), 1e-13);
}

}  // namespace
