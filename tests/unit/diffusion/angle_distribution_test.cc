#include "diffusion/options/angle_distribution.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>
#include <stdexcept>

using namespace scorefem::diffusion;  // NOLINT: a test of this namespace alone

namespace {

const double kHalfPi = std::acos(0.0);

torch::Tensor levels() {
  return (torch::arange(100000, torch::kFloat64) + 0.5) / 100000;
}

TEST(AngleDistribution, IsUniformWithoutSmallAngles) {
  EXPECT_TRUE(AngleDistribution().quantile(levels()).equal(kHalfPi * levels()));
}

TEST(AngleDistribution, SmallAnglesHaveANormalLogarithmAndTheOthersAreUniform) {
  const AngleDistribution angles{0.6, -2.4, 1.6};
  const torch::Tensor theta = angles.quantile(levels());
  EXPECT_TRUE(theta.gt(0.0).logical_and(theta.lt(kHalfPi)).all().item<bool>());
  const torch::Tensor small = theta.narrow(0, 0, 60000).tan().log(), other = theta.narrow(0, 60000, 40000);
  EXPECT_NEAR(small.mean().item<double>(), -2.4, 1e-3);
  EXPECT_NEAR(small.std().item<double>(), 1.6, 1e-3);
  EXPECT_NEAR(small.le(-2.4 + 1.6 * 0.6744898).to(torch::kFloat64).mean().item<double>(), 0.75, 1e-4);
  EXPECT_NEAR(other.mean().item<double>(), 0.5 * kHalfPi, 1e-4);
  EXPECT_NEAR(other.std().item<double>(), kHalfPi / std::sqrt(12.0), 1e-4);
  const AngleDistribution all{1.0, -3.0, 1.0};
  EXPECT_NEAR(all.quantile(levels()).tan().log().mean().item<double>(), -3.0, 1e-3);
}

TEST(AngleDistribution, RefusesWhatIsNoDistribution) {
  for (const AngleDistribution& bad :
       {AngleDistribution{-0.1, -2, 1}, AngleDistribution{1.1, -2, 1}, AngleDistribution{0.5, -11, 1},
        AngleDistribution{0.5, std::nan(""), 1}, AngleDistribution{0.5, -2, 0},
        AngleDistribution{0.5, -2, 11}})
    EXPECT_THROW(bad.validate(), std::invalid_argument);
  AngleDistribution().validate();
}

}  // namespace
