// Curves by which networks see observations that range over orders of magnitude.
#include "pipeline/dataset/observation_curve.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <tuple>
#include <utility>
#include <vector>

#include "pipeline/problem/normal_distribution.h"

namespace scorefem::dataset {
namespace {

using Kind = ObservationCurve::Kind;

/// Evenly spread quantiles of f(v), v standard normal.
std::vector<double> quantiles(const std::function<double(double)>& f) {
  constexpr int n = 1000;
  std::vector<double> values;
  for (int i = 0; i < n; ++i) values.push_back(f(problem::normal_quantile((i + 0.5) / n, 1 - (i + 0.5) / n)));
  return values;
}

TEST(ObservationCurve, BendsWhatRangesOverOrdersOfMagnitude) {
  EXPECT_EQ(straightest_curve(quantiles([](double v) { return v; })).kind, Kind::straight);
  EXPECT_EQ(straightest_curve(quantiles(problem::normal_cdf)).kind, Kind::straight);
  EXPECT_EQ(straightest_curve(quantiles([](double v) { return 1e-9 * std::exp(v / 4); })).kind,
            Kind::straight);
  EXPECT_EQ(straightest_curve(quantiles([](double v) { return 1e-9 * std::exp(2 * v); })).kind,
            Kind::logarithm);
  EXPECT_EQ(straightest_curve(quantiles([](double v) { return 5 - 1e6 * std::sinh(3 * v); })).kind,
            Kind::straight);  // not positive
  EXPECT_EQ(straightest_curve(std::vector<double>(100, 3.5)).kind, Kind::straight);
  EXPECT_EQ(straightest_curve({1, 10, 100, 1000}).kind, Kind::straight);  // too few to say
  // Two clouds: no curve makes one of them.
  EXPECT_EQ(straightest_curve(quantiles([](double v) { return (v > 0 ? 10 : -10) + v; })).kind,
            Kind::straight);
}

TEST(ObservationCurve, DoesNotDependOnTheUnit) {
  const auto values = quantiles([](double v) { return std::exp(2 * v); });
  std::vector<double> scaled = values;
  for (double& value : scaled) value *= 1e15;
  const ObservationCurve one = straightest_curve(values), other = straightest_curve(scaled);
  for (std::size_t i = 0; i < values.size(); i += 50)
    EXPECT_NEAR(one(values[i]) + std::log(1e15), other(scaled[i]), 1e-9);
}

TEST(ObservationCurve, IncreasesSmoothlyWhateverTheValue) {
  for (const ObservationCurve& curve : {ObservationCurve{}, ObservationCurve{Kind::logarithm, 0.25}}) {
    double last = curve(-1e9), slope = 0;
    EXPECT_TRUE(std::isfinite(last));
    for (double x = -2; x <= 2; x += 1e-3) {
      EXPECT_GT(curve(x), last);
      const double here = (curve(x + 1e-5) - curve(x - 1e-5)) / 2e-5;
      if (x > -2) {
        EXPECT_NEAR(here, slope, 0.02 * here);
      }
      std::tie(last, slope) = std::pair(curve(x), here);
    }
    const ObservationCurve read = curves_from_json(to_json({curve}))[0];
    EXPECT_EQ(read.kind, curve.kind);
    EXPECT_EQ(read(0.3), curve(0.3));
  }
  EXPECT_THROW(curves_from_json({{{"kind", "square"}, {"centre", 0}}}), std::invalid_argument);
}

}  // namespace
}  // namespace scorefem::dataset
