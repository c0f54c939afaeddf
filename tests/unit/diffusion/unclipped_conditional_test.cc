#include "diffusion/model/unclipped_conditional.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "gaussian_pairs.h"

using namespace scorefem::diffusion;  // NOLINT: a test of this namespace alone
using scorefem::diffusion::test::GaussianPairs;

namespace {

double largest(const torch::Tensor& x) {
  return x.abs().max().item<double>();
}

/// Of a prior that is clipped half of the time: x before its clipping, y = A max(0, x).
Pairs clipped_pairs(GaussianPairs& problem) {
  problem.mean = 0.0;
  Pairs pairs = problem.draw(200000);
  pairs.measured = pairs.inferred.clamp_min(0.0).matmul(problem.map.t());
  return pairs;
}

TEST(ClippedResponse, FindsALinearMapBehindTheClipping) {
  GaussianPairs problem;
  Pairs pairs = clipped_pairs(problem);
  pairs.measured = pairs.measured + 0.25;
  const ClippedResponse response = ClippedResponse::of(pairs);
  EXPECT_LT(largest(response.matrix - problem.map.t()), 1e-9);
  EXPECT_LT(largest(response.offset - 0.25), 1e-9);
  EXPECT_LT(largest(response.residual), 1e-12);
}

TEST(ClippedResponse, ResidualIsWhatALinearMapLeaves) {
  GaussianPairs problem;
  Pairs pairs = clipped_pairs(problem);
  pairs.measured = pairs.measured + 0.1 * pairs.noise;
  const ClippedResponse response = ClippedResponse::of(pairs);
  EXPECT_LT(largest(response.residual - 0.01 * torch::eye(3, torch::kFloat64)), 2e-4);
}

TEST(UnclippedConditional, IsThePosteriorWithoutClippingForEveryMaskAndLevel) {
  GaussianPairs problem;
  const Pairs pairs = clipped_pairs(problem);
  const JointMoments moments = JointMoments::of(pairs);
  const ClippedResponse response = ClippedResponse::of(pairs);
  const torch::Tensor mask =
      torch::tensor({{1.0, 1.0, 1.0}, {0.0, 1.0, 1.0}, {0.0, 0.0, 1.0}, {0.0, 0.0, 0.0}}, torch::kFloat64);
  const torch::Tensor level = torch::tensor({0.01, 0.4, 2.0, 1.0}, torch::kFloat64);
  const GaussianConditional fitted = GaussianConditional::of(moments, mask, level);
  const UnclippedConditional unclipped = UnclippedConditional::of(moments, response, fitted, mask, level);
  const torch::Tensor y = torch::tensor({1.0, 0.5, 0.3}, torch::kFloat64);
  constexpr double kSampling = 0.01;  // of the moments, over 200,000 pairs
  for (std::int64_t i = 0; i < 4; ++i) {
    const auto [covariance, mean] = problem.posterior(y, mask[i], level[i].item<double>());
    const torch::Tensor deviation = y - response.offset - moments.mean_inferred.matmul(response.matrix);
    const torch::Tensor found = moments.mean_inferred + deviation.matmul(unclipped.gain[i]);
    EXPECT_LT(largest((found - mean) / covariance.diagonal().sqrt()), kSampling) << i;
    EXPECT_LT(largest(unclipped.stddev[i] / covariance.diagonal().sqrt() - 1.0), kSampling) << i;
    // The same covariance from its whitened form.
    const torch::Tensor rotation = unclipped.rotation[i];
    const torch::Tensor back = rotation.t().matmul(fitted.root[i]);
    const torch::Tensor rebuilt = back.t().matmul(unclipped.variance[i].unsqueeze(1) * back);
    EXPECT_LT(largest(rebuilt - covariance), kSampling * covariance.max().item<double>()) << i;
    EXPECT_LT(largest(unclipped.whitened[i] - fitted.inverse_root[i].matmul(rotation)), 1e-9) << i;
    EXPECT_LT(largest(rotation.t().matmul(rotation) - torch::eye(2, torch::kFloat64)), 1e-12) << i;
  }
}

}  // namespace
