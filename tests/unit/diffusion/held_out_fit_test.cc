// A Gaussian fit of few pairs: what it says of a pair that it was made without, against fits that were.
#include "diffusion/model/held_out_fit.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>

#include "diffusion/numerics/random_tensor.h"

namespace scorefem::diffusion {
namespace {

/// x ~ N(0, I) in R^2, y = sin(6 t) x_1 + t^2 x_2 + noise at `n_measured` points t.
Pairs curves(std::int64_t n, std::int64_t n_measured, double noise, std::uint64_t seed) {
  Pairs pairs;
  pairs.inferred = normal_tensor({seed, Stream::user}, 0, n, 2, torch::kFloat64);
  const torch::Tensor t = torch::linspace(0, 1, n_measured, torch::kFloat64);
  const torch::Tensor response = torch::stack({(6 * t).sin(), t.square()});
  pairs.measured = pairs.inferred.matmul(response) +
                   noise * normal_tensor({seed, Stream{2}}, 0, n, n_measured, torch::kFloat64);
  pairs.noise = torch::zeros_like(pairs.measured);
  pairs.mask = torch::ones_like(pairs.measured);
  return pairs;
}

/// Unknowns minus the mean that the fit gives them.
torch::Tensor residuals(const JointMoments& moments, const Pairs& pairs) {
  const auto one = [](std::int64_t m) { return torch::ones({1, m}, torch::kFloat64); };
  const GaussianConditional fit =
      GaussianConditional::of(moments, one(pairs.measured.size(1)), torch::zeros({1}, torch::kFloat64));
  const torch::Tensor features = moments.features(pairs.measured, torch::ones_like(pairs.measured),
                                                  torch::zeros({pairs.size()}, torch::kFloat64));
  return pairs.inferred - moments.mean_inferred - features.matmul(fit.gain[0]);
}

torch::Tensor deviation(const torch::Tensor& residual) {
  return residual.square().mean(0).sqrt();
}

TEST(LeftOut, ResidualsAreThoseOfFitsWithoutThePair) {
  for (const Centre centre : {Centre::linear, Centre::quadratic}) {
    const Pairs pairs = curves(60, 5, 0.3, 1);
    const LeftOut left_out = LeftOut::of(pairs, JointMoments::of(pairs, centre));
    for (const std::int64_t row : {0, 17, 59}) {
      const torch::Tensor others = torch::arange(60, torch::kInt64).masked_select(torch::arange(60).ne(row));
      const auto only = [&](const torch::Tensor& x) { return x.narrow(0, row, 1).contiguous(); };
      const Pairs pair{only(pairs.inferred), only(pairs.measured), only(pairs.noise), only(pairs.mask)};
      const torch::Tensor expected = residuals(JointMoments::of({pairs, others}, centre), pair)[0];
      // With products the means of the features change with the pair too, by a share of 1 / 60 each.
      const double tolerance = centre == Centre::linear ? 1e-9 : 0.1;
      EXPECT_LT((left_out.residuals[row] - expected).norm().item<double>(),
                tolerance * expected.norm().item<double>())
          << "row " << row;
    }
  }
}

TEST(LeftOut, UnknownsHaveTheseResidualsFromTheFit) {
  const Pairs pairs = curves(60, 20, 0.3, 1);
  const JointMoments moments = for_unseen_pairs(pairs, JointMoments::of(pairs));
  const LeftOut left_out = LeftOut::of(pairs, moments);
  Pairs seen = pairs;
  seen.inferred = left_out.unknowns;
  EXPECT_LT((residuals(moments, seen) - left_out.residuals).abs().max().item<double>(), 1e-9);
}

TEST(ForUnseenPairs, PredictsOthersAsWellAsItSays) {
  // Fewer pairs than observations, and more.
  for (const std::int64_t n : {120, 400}) {
    const Pairs pairs = curves(n, 200, 0.5, 1), others = curves(4000, 200, 0.5, 2);
    const JointMoments moments = for_unseen_pairs(pairs, JointMoments::of(pairs));
    const torch::Tensor said = deviation(LeftOut::of(pairs, moments).residuals);
    const torch::Tensor found = deviation(residuals(moments, others));
    // The deviation of n values has a standard error of 1 / sqrt(2 n) of it.
    EXPECT_LT(((said - found).abs() / found).max().item<double>(), 4 / std::sqrt(2.0 * n)) << n << " pairs";
    // That of the pairs themselves is too small to be taken for it.
    EXPECT_LT((deviation(residuals(moments, pairs)) / found).max().item<double>(),
              1 - 4 / std::sqrt(2.0 * n));
    if (n > 200) {
      const torch::Tensor least_squares = deviation(residuals(JointMoments::of(pairs), others));
      EXPECT_LT((found / least_squares).max().item<double>(), 0.85);
    }
  }
}

TEST(FitsFewPairs, OnlyWhereTheNoiseIsInThePairs) {
  ModelSetup setup;
  setup.model.network = Network::gaussian_residual;
  setup.n_inferred = 2;
  setup.n_measured = 50;
  setup.noise.minimum = setup.noise.maximum = 0;
  EXPECT_TRUE(fits_few_pairs(setup, 999));
  EXPECT_FALSE(fits_few_pairs(setup, 1000));
  ModelSetup noisy = setup, masked = setup, clipped = setup;
  noisy.noise.minimum = noisy.noise.maximum = 0.1;
  masked.model.masked = true;
  clipped.model.positive = true;
  for (const ModelSetup& other : {noisy, masked, clipped}) EXPECT_FALSE(fits_few_pairs(other, 999));
}

}  // namespace
}  // namespace scorefem::diffusion
