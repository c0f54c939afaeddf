// Maps between unbounded numbers and values within bounds.
#include "pipeline/problem/marginal.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace scorefem::problem {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(Marginal, LeadsThereAndBack) {
  for (const Marginal& m :
       {Marginal{Marginal::Kind::normal, 1, 2, -kInfinity, kInfinity},
        Marginal{Marginal::Kind::log_normal, 0.5, 2, 3, kInfinity},
        Marginal{Marginal::Kind::uniform, 0, 1, -2, 3},
        Marginal{Marginal::Kind::truncated_normal, 0.5, 1.5, -1, 2},
        Marginal{Marginal::Kind::truncated_normal, 0.5, 1.5, -1, kInfinity},
        Marginal{Marginal::Kind::truncated_normal, 0.5, 1.5, -kInfinity, 2},
        Marginal{Marginal::Kind::bounded, 0, 0.2, -2, 3}, Marginal{Marginal::Kind::bounded, 0, 5, -2, 3}}) {
    double last = -kInfinity;
    for (double v = -4; v <= 4; v += 0.125) {
      const double x = m.value(v);
      EXPECT_GT(x, last);
      EXPECT_NEAR(m.number(x), v, 1e-8);
      EXPECT_GE(x, m.support().first);
      EXPECT_LE(x, m.support().second);
      last = x;
    }
    const auto read = marginals_from_json(to_json({m}));
    EXPECT_EQ(read[0].kind, m.kind);
    EXPECT_EQ(read[0].value(0.3), m.value(0.3));
  }
}

TEST(Marginal, BoundedBendsNearTheBoundsAlone) {
  const Marginal m = {Marginal::Kind::bounded, 0, 0.05, -10, 10};
  for (const double x : {-9.0, -3.0, 0.0, 8.0})
    EXPECT_NEAR(m.number(x + 0.1) - m.number(x - 0.1), 0.2, 0.2 * 0.06);
  EXPECT_GT(m.number(9.9999) - m.number(9.999), 0.1);
  for (const double v : {-1e6, -11.0, 11.0, 1e6}) {
    EXPECT_GE(m.value(v), -10);
    EXPECT_LE(m.value(v), 10);
  }
  EXPECT_TRUE(std::isfinite(m.number(10)));
  EXPECT_TRUE(std::isfinite(m.number(-10)));
  EXPECT_NEAR(m.value(m.number(10)), 10, 1e-12);
}

TEST(Marginal, DensityIsThatOfAStandardNormalNumber) {
  for (const Marginal& m :
       {Marginal{Marginal::Kind::bounded, 0, 0.2, -2, 3}, Marginal{Marginal::Kind::uniform, 0, 1, -2, 3},
        Marginal{Marginal::Kind::truncated_normal, 0.5, 1.5, -1, 2},
        Marginal{Marginal::Kind::truncated_normal, 0.5, 1.5, -1, kInfinity}}) {
    for (const double x : {-0.9, 0.1, 1.9}) {
      const double step = 1e-5, slope = (m.number(x + step) - m.number(x - step)) / (2 * step);
      const double v = m.number(x), expected = -0.5 * v * v - 0.5 * std::log(2 * M_PI) + std::log(slope);
      EXPECT_NEAR(m.log_density(x), expected, 1e-6);
    }
    EXPECT_EQ(m.log_density(m.upper + 0.1), -kInfinity);
  }
}

}  // namespace
}  // namespace scorefem::problem
