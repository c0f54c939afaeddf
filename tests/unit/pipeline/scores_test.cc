// Scores and sliced transport against closed forms for Gaussians.
#include "pipeline/calibration/scores.h"

#include <gtest/gtest.h>

#include <cmath>

#include "diffusion/counter_random.h"
#include "pipeline/calibration/sliced_transport.h"

namespace scorefem {
namespace {

using solver::Matrix;
using solver::Vector;

const double kPi = std::acos(-1.0);

Matrix normals(std::uint64_t index, Eigen::Index rows, Eigen::Index columns) {
  Matrix values(rows, columns);
  diffusion::CounterRandom(1, diffusion::Stream::user)
      .normals(index, values.data(), static_cast<std::size_t>(values.size()));
  return values;
}

/// CRPS of N(0, 1) against x (Gneiting and Raftery 2007, Eq. (21)).
double crps_of_normal(double x) {
  const double density = std::exp(-x * x / 2) / std::sqrt(2 * kPi);
  return x * std::erf(x / std::sqrt(2.0)) + 2 * density - 1 / std::sqrt(kPi);
}

TEST(ScoresTest, CrpsOfAFewSamplesByHand) {
  Matrix samples(3, 1);
  samples << 4, 1, 2;
  // Mean distance to 2 is 1; the three pairs are 1, 2 and 3 apart.
  EXPECT_DOUBLE_EQ(crps(samples, Vector::Constant(1, 2))(0), 1 - 0.5 * 2);
}

TEST(ScoresTest, CrpsOfAGaussian) {
  constexpr Eigen::Index kSamples = 40000;
  const Matrix samples = normals(0, kSamples, 3);
  const Vector truth = Vector::LinSpaced(3, -1, 2);
  const Vector scores = crps(samples, truth);
  // The standard deviation of |X - x| is at most 1: four standard errors, with as much for the other mean.
  for (Eigen::Index j = 0; j < 3; ++j)
    EXPECT_NEAR(scores(j), crps_of_normal(truth(j)), 4 * 1.5 / std::sqrt(kSamples));
}

TEST(ScoresTest, EnergyScoreEqualsCrpsInOneDimension) {
  const Matrix samples = normals(1, 50, 1);
  const Vector truth = Vector::Constant(1, 0.3);
  EXPECT_NEAR(energy_score(samples, truth, Vector::Ones(1), 49), crps(samples, truth)(0), 1e-12);
}

TEST(ScoresTest, EnergyScoreOfAGaussian) {
  // At its centre: E|Z| - E|sqrt(2) Z| / 2 with E|Z| = sqrt(2) Gamma((d + 1) / 2) / Gamma(d / 2).
  constexpr Eigen::Index kSamples = 40000, kDimension = 4;
  const double norm = std::sqrt(2.0) * std::tgamma(2.5) / std::tgamma(2.0);
  const Vector scale = Vector::Constant(kDimension, 2);
  const Matrix samples = 2 * normals(2, kSamples, kDimension);
  EXPECT_NEAR(energy_score(samples, Vector::Zero(kDimension), scale), norm * (1 - std::sqrt(0.5)),
              4 * 1.5 / std::sqrt(kSamples));
}

TEST(SlicedTransportTest, IsTheMeanProjectionOfAShift) {
  const Matrix first = normals(3, 200, 3);
  Matrix second = first;
  Vector shift(3);
  shift << 1, -2, 0.5;
  second.rowwise() += shift.transpose();
  const Matrix directions = random_directions(3, 20000, 1);
  EXPECT_NEAR((directions.colwise().norm().array() - 1).abs().maxCoeff(), 0, 1e-12);
  EXPECT_NEAR(sliced_transport(first, second, directions), (shift.transpose() * directions).cwiseAbs().mean(),
              1e-12);
  // In three dimensions the projection of a unit vector is uniform on (-1, 1): mean 1/2, variance 1/12.
  EXPECT_NEAR((shift.transpose() * directions).cwiseAbs().mean() / shift.norm(), 0.5,
              4 * std::sqrt(1.0 / 12 / 20000));
}

TEST(SlicedTransportTest, FloorOfEqualDistributionsIsSmall) {
  const Matrix directions = random_directions(3, 50, 1);
  const double floor = sliced_transport(normals(4, 1000, 3), normals(5, 1000, 3), directions);
  EXPECT_GT(floor, 0);
  EXPECT_LT(floor, 0.1);  // about sqrt(2 / 1000) for one direction
  EXPECT_GT(sliced_transport(normals(4, 1000, 3), 2 * normals(5, 1000, 3), directions), 5 * floor);
}

}  // namespace
}  // namespace scorefem
