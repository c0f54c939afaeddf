#include "pipeline/densities/density_problem.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace scorefem {
namespace {

constexpr std::size_t kDraws = 200000;
constexpr double kPi = 3.14159265358979323846;

double mean(const std::vector<double>& values) {
  double sum = 0.0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

/// Mean of f(x, y) over the draws.
template <class Function>
double mean_of(const densities::JointDraws& draws, const Function& f) {
  std::vector<double> values(draws.x.size());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = f(draws.x[i], draws.y[i]);
  return mean(values);
}

TEST(DensityProblemTest, TanhIsAnExponentialAboveTheCurve) {
  const densities::JointDraws draws =
      densities::draw_pairs(densities::Density::tanh, 1, densities::PairSet::test, kDraws);
  const auto excess = [](double x, double y) { return x - std::tanh(y); };
  std::vector<double> values(kDraws);
  for (std::size_t i = 0; i < kDraws; ++i) values[i] = excess(draws.x[i], draws.y[i]);
  EXPECT_GT(*std::min_element(values.begin(), values.end()), 0.0);
  EXPECT_NEAR(mean(values), 0.3, 5 * 0.3 / std::sqrt(kDraws));
  std::sort(values.begin(), values.end());
  for (const double p :
       {0.1, 0.5, 0.9}) {  // quantile -0.3 log(1 - p), standard error 0.3 sqrt(p / (1 - p) / n)
    EXPECT_NEAR(values[static_cast<std::size_t>(p * kDraws)], -0.3 * std::log1p(-p),
                5 * 0.3 * std::sqrt(p / (1 - p) / kDraws));
  }
  EXPECT_NEAR(mean(draws.y), 0.0, 5 * std::sqrt(3.0 / kDraws));
  EXPECT_NEAR(mean_of(draws, [](double, double y) { return y * y; }), 3.0, 0.04);
  EXPECT_NEAR(mean_of(draws, [&](double x, double y) { return (excess(x, y) - 0.3) * y; }), 0.0,
              5 * 0.3 * std::sqrt(3.0 / kDraws));
}

TEST(DensityProblemTest, BimodalCubesToAGaussian) {
  const densities::JointDraws draws =
      densities::draw_pairs(densities::Density::bimodal, 1, densities::PairSet::test, kDraws);
  const auto cube = [](double x) { return x * x * x; };
  const double five_errors = 5 / std::sqrt(kDraws);
  EXPECT_NEAR(mean_of(draws, [](double, double y) { return y * y; }), 1.0, std::sqrt(2.0) * five_errors);
  EXPECT_NEAR(mean_of(draws, [&](double x, double y) { return std::pow(cube(x) - y, 2); }), 1.0,
              std::sqrt(2.0) * five_errors);
  EXPECT_NEAR(mean_of(draws, [&](double x, double y) { return (cube(x) - y) * y; }), 0.0, five_errors);
}

TEST(DensityProblemTest, SpiralStaysNearItsCurve) {
  const densities::JointDraws draws =
      densities::draw_pairs(densities::Density::spiral, 1, densities::PairSet::test, kDraws);
  // E[x^2 + y^2] = 0.01 (E[t^2] + 2), t uniform on [1.5 pi, 4.5 pi]; the noise is independent of t.
  const double square = 0.01 * (kPi * kPi * (4.5 * 4.5 * 4.5 - 1.5 * 1.5 * 1.5) / 9.0 + 2.0);
  EXPECT_NEAR(mean_of(draws, [](double x, double y) { return x * x + y * y; }), square, 0.01);
}

/// The share of draws in a box against the integral of the density over it, by a rule that the edge of Tanh
/// makes inexact by a per cent or two.
TEST(DensityProblemTest, DensityIsThatOfTheDraws) {
  constexpr int kCells = 24;
  for (const densities::Density density : densities::kDensities) {
    const densities::JointDraws draws = densities::draw_pairs(density, 2, densities::PairSet::test, kDraws);
    for (const double x0 : {-0.6, 0.4, 0.9})
      for (const double y0 : {-1.0, -0.2, 0.3}) {
        const double width = 0.4, cell = width / kCells;
        const auto inside = [&](double x, double y) {
          return x >= x0 && x < x0 + width && y >= y0 && y < y0 + width;
        };
        double integral = 0.0;
        for (int i = 0; i < kCells; ++i)
          for (int j = 0; j < kCells; ++j)
            integral +=
                densities::joint_density(density, x0 + (i + 0.5) * cell, y0 + (j + 0.5) * cell) * cell * cell;
        const double share = mean_of(draws, [&](double x, double y) { return inside(x, y) ? 1.0 : 0.0; });
        const double error = std::sqrt(std::max(integral, 1e-5) / kDraws);
        EXPECT_NEAR(share, integral, 5 * error + 0.02 * integral)
            << densities::to_string(density) << ' ' << x0 << ' ' << y0;
      }
  }
}

TEST(DensityProblemTest, SetsAreIndependentAndReproducible) {
  for (const densities::Density density : densities::kDensities) {
    const densities::JointDraws draws = densities::draw_pairs(density, 3, densities::PairSet::training, 1000);
    const densities::JointDraws first = densities::draw_pairs(density, 3, densities::PairSet::training, 10);
    EXPECT_TRUE(std::equal(first.x.begin(), first.x.end(), draws.x.begin()));
    for (const densities::PairSet other : {densities::PairSet::test, densities::PairSet::second_test})
      EXPECT_NE(densities::draw_pairs(density, 3, other, 1000).x, draws.x);
    EXPECT_NE(densities::draw_pairs(density, 4, densities::PairSet::training, 1000).x, draws.x);
  }
}

TEST(DensityProblemTest, ConditionalSamplesComeFromTheBand) {
  const densities::JointDraws pairs{{1, 2, 3, 4, 5}, {0.0, 0.04, 0.06, -0.05, -0.051}};
  EXPECT_EQ(densities::conditional_samples(pairs, 0.0, 0.1), (std::vector<double>{1, 2, 4}));
  EXPECT_TRUE(densities::conditional_samples(pairs, 1.0, 0.1).empty());
}

}  // namespace
}  // namespace scorefem
