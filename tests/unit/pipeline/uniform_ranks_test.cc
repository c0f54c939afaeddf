// Ranks of truths among samples.
#include <gtest/gtest.h>

#include <cmath>

#include "pipeline/base/errors.h"
#include "pipeline/base/streams.h"
#include "pipeline/calibration/rank_counts.h"
#include "pipeline/calibration/tarp.h"

namespace scorefem {
namespace {

using diffusion::CounterRandom;
using solver::Matrix;
using solver::Vector;

TEST(UniformRanksTest, FollowTheOrder) {
  Matrix values(3, 1);
  values << 2, 1, 3;
  const Matrix u = calibration::uniform_ranks(values, CounterRandom(1, base::streams::rank_order), 0);
  EXPECT_EQ(std::floor(3 * u(0, 0)), 1);
  EXPECT_EQ(std::floor(3 * u(1, 0)), 0);
  EXPECT_EQ(std::floor(3 * u(2, 0)), 2);
}

TEST(UniformRanksTest, ANumberThatIsNoneHasNoRank) {
  Matrix values(3, 1);
  values << 2, std::nan(""), 3;
  const CounterRandom order(1, base::streams::rank_order);
  EXPECT_THROW(calibration::uniform_ranks(values, order, 0), base::InputError);
  EXPECT_THROW(calibration::squared_distance_to_reference(values, Vector::Zero(1), Vector::Ones(1), order, 0),
               base::InputError);
  values(1, 0) = HUGE_VAL;  // a solve that failed
  EXPECT_EQ(std::floor(3 * calibration::uniform_ranks(values, order, 0)(1, 0)), 2);
}

TEST(UniformRanksTest, TiesAreUniform) {
  // As a truth that is exactly 0 among samples clipped at 0.
  constexpr int kMeasurements = 4000;
  Matrix values = Matrix::Zero(11, 1);
  values.bottomRows(4).setConstant(1);  // the truth ties with 6 of 10 samples: u is uniform on (0, 7/11)
  double sum = 0, squares = 0;
  for (int i = 0; i < kMeasurements; ++i) {
    const double u = calibration::uniform_ranks(values, CounterRandom(1, base::streams::rank_order),
                                                static_cast<std::uint64_t>(i))(0, 0) *
                     11 / 7;
    EXPECT_LT(u, 1);
    sum += u;
    squares += u * u;
  }
  // Four standard errors of the means of u and u^2 with variances 1/12 and 4/45.
  EXPECT_NEAR(sum / kMeasurements, 0.5, 4 * std::sqrt(1.0 / 12 / kMeasurements));
  EXPECT_NEAR(squares / kMeasurements, 1.0 / 3, 4 * std::sqrt(4.0 / 45 / kMeasurements));
}

}  // namespace
}  // namespace scorefem
