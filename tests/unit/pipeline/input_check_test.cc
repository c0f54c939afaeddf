// What tells that a measurement is not what the model was trained for, and what may have happened to it.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "kept_pairs.h"
#include "pipeline/certificate/likely_mistake.h"
#include "pipeline/posterior/matrix_text.h"
#include "pipeline/posterior/training_distance.h"
#include "priors.h"

namespace scorefem {
namespace {

using posterior::TrainingDistance;
using posterior::TrainingMeasurements;
using problem::Measurements;
using solver::Matrix;
using solver::Vector;

constexpr Eigen::Index kObservations = 12;
constexpr double kNoise = 0.3;

/// Smooth curves that fall along the observations, with noise.
KeptPairs curves(Eigen::Index n, std::uint64_t seed) {
  const Matrix amplitude = normals(n, 2, seed, 0);
  Matrix clean(n, kObservations);
  for (Eigen::Index j = 0; j < kObservations; ++j) {
    const double s = static_cast<double>(j) / (kObservations - 1);
    clean.col(j) = (20 - 15 * s * s) + 2 * amplitude.col(0).array() + 3 * s * amplitude.col(1).array();
  }
  return {clean, normals(n, kObservations, seed, 1)};
}

/// What training sees of measurements that it sees as they are.
Measurements same(const Measurements& measurements) {
  return measurements;
}

class InputCheck : public testing::Test {
 protected:
  const TrainingMeasurements training_{curves(8000, 1).rows(), gaussian_noise(kNoise), {}};
  problem::Layout layout_ = problem::numbered_layout("c", kObservations);

  static Vector right(Eigen::Index row = 0) { return curves(1000, 2).measured(kNoise).row(row); }
  /// @param measurement NaN where an observation is missing
  TrainingDistance distance(const Vector& measurement) {
    return training_.distances(Measurements::from_nan(measurement.transpose())).front();
  }
  std::string mistake_of(const Vector& measurement) {
    return certificate::likely_mistakes(training_, Measurements::from_nan(measurement.transpose()), layout_,
                                        same)
        .front();
  }
  bool conspicuous(const Vector& measurement) {
    const TrainingDistance found = distance(measurement);
    return found.conspicuous || found.noise_conspicuous;
  }
  void expect_mistake(const Vector& measurement, const std::string& words) {
    EXPECT_TRUE(conspicuous(measurement)) << words;
    const std::string mistake = mistake_of(measurement);
    EXPECT_NE(mistake.find(words), std::string::npos) << mistake << "; expected: " << words;
  }
};

TEST_F(InputCheck, RightMeasurementsPass) {
  int n = 0;
  for (const TrainingDistance& found : training_.distances(Measurements(curves(1000, 2).measured(kNoise))))
    n += found.conspicuous || found.noise_conspicuous ? 1 : 0;
  // Three one-sided levels of 1 in 1000: more than 12 of 1,000 in one of 10^4 cases.
  EXPECT_LE(n, 12);
}

TEST_F(InputCheck, MistakesAreNoticedAndNamed) {
  const Vector y = right();
  expect_mistake(1000 * y, "multiplied by 0.001");
  expect_mistake(y / 1000, "multiplied by 1000");
  expect_mistake(y.array() + 273.15, "-273.15 added");
  expect_mistake(-y, "other sign");
  expect_mistake(y.reverse(), "in reverse order");
  Vector shifted = y;
  shifted.tail(kObservations - 1) = y.head(kObservations - 1);
  shifted(0) = 0;  // a column in front that is none
  expect_mistake(shifted, "shifted by one");
  Vector marked = y;
  marked(3) = -9999;
  expect_mistake(marked, "c_4 = -9999");
  marked(7) = -9999;
  expect_mistake(marked, "2 observations = -9999");
  Vector broken = y;
  broken(5) = 0;
  expect_mistake(broken, "without c_6 = 0");
  EXPECT_EQ(mistake_of(5 * curves(1, 3).normal.row(0)), "");
}

TEST_F(InputCheck, NoiseOfAnotherSizeIsNoticed) {
  const KeptPairs rows = curves(1000, 2);
  const Vector clean = rows.clean.row(0), noise = rows.normal.row(0);
  EXPECT_TRUE(distance(clean).noise_conspicuous);  // none at all
  EXPECT_LT(distance(clean).noise_ratio, 0.1);
  const TrainingDistance loud = distance(clean + 3 * kNoise * noise);
  EXPECT_TRUE(loud.noise_conspicuous);
  EXPECT_GT(loud.noise_ratio, 3);
}

TEST_F(InputCheck, WithoutOneObservationIsTheDistanceOfTheOthers) {
  Matrix rows(3, kObservations);
  for (Eigen::Index i = 0; i < 3; ++i) rows.row(i) = right(i);
  rows(0, 5) += 10;
  rows(2, 1) = NAN;
  const Measurements y = Measurements::from_nan(rows);
  // Without noise there is no noise check: p-values are those of the distance alone.
  KeptPairs noisy = curves(8000, 1);
  noisy.clean = noisy.measured(kNoise);
  const TrainingMeasurements training(noisy.rows(), gaussian_noise(0), {});
  const Matrix p = training.p_values_without_one(y);
  for (Eigen::Index j = 0; j < kObservations; ++j) {
    problem::Mask there = y.there();
    there.col(j) = false;
    const auto direct = training.distances({y.values(), there});
    for (Eigen::Index i = 0; i < 3; ++i) {
      const double expected = y.there()(i, j) ? direct[static_cast<std::size_t>(i)].p_value : 0;
      EXPECT_NEAR(p(i, j), expected, 1e-9) << i << " " << j;
    }
  }
  // With it they do not depend on the value that is left out.
  const Matrix before = training_.p_values_without_one(y);
  rows(0, 5) = -3;
  const Matrix after = training_.p_values_without_one(Measurements::from_nan(rows));
  EXPECT_NEAR(before(0, 5), after(0, 5), 1e-9);
  EXPECT_GT(before(0, 5), 0.01);
  EXPECT_LT(before(0, 4), 0.001);
}

TEST_F(InputCheck, MistakesAreThoseOfTheUsersValues) {
  // Training sees logarithms; the user has the values.
  const auto seen = [](const Measurements& values) {
    return Measurements(Matrix(values.values().array().max(1e-300).log()), values.there());
  };
  const auto mistake = [&](const Vector& measurement) {
    return certificate::likely_mistakes(training_, Measurements::from_nan(measurement.transpose()), layout_,
                                        seen)
        .front();
  };
  const Vector right_values = right().array().exp();
  // A factor is one summand of all logarithms, whose level varies: other powers of ten may explain it too.
  EXPECT_NE(mistake(1e9 * right_values).find("multiplied by 1e-"), std::string::npos)
      << mistake(1e9 * right_values);
  Vector broken = right_values;
  broken(5) = 2;
  EXPECT_NE(mistake(broken).find("without c_6 = 2 "), std::string::npos) << mistake(broken);
}

TEST_F(InputCheck, MistakesDoNotDependOnTheOtherMeasurements) {
  Matrix rows(5, kObservations);
  for (Eigen::Index i = 0; i < 5; ++i) rows.row(i) = right(i);
  rows.row(0) /= 1000;
  rows(1, 5) = 0;
  rows(2, 3) = -9999;
  rows.row(3) = rows.row(3).reverse().eval();
  rows(4, 2) = NAN;
  rows(4, 6) = 0;
  const auto together = certificate::likely_mistakes(training_, Measurements::from_nan(rows), layout_, same);
  ASSERT_EQ(together.size(), 5U);
  for (Eigen::Index i = 0; i < 5; ++i) {
    EXPECT_NE(together[static_cast<std::size_t>(i)], "") << i;
    EXPECT_EQ(together[static_cast<std::size_t>(i)], mistake_of(rows.row(i))) << i;
  }
}

TEST_F(InputCheck, MissingObservationsAreLeftOut) {
  Vector y = right();
  y(2) = NAN;
  EXPECT_FALSE(conspicuous(y));
  EXPECT_TRUE(conspicuous(1000 * y));
  EXPECT_FALSE(conspicuous(Vector::Constant(kObservations, NAN)));
}

TEST(MatrixText, IsExact) {
  Matrix matrix(3, 2);
  matrix << 0.1, -0.0, NAN, INFINITY, 1e-320, M_PI;
  const Matrix back = posterior::matrix_from_text(posterior::matrix_text(matrix));
  ASSERT_EQ(back.rows(), 3);
  ASSERT_EQ(back.cols(), 2);
  EXPECT_EQ(std::memcmp(back.data(), matrix.data(), 6 * sizeof(double)), 0);
  for (const char* text : {"", "1 1", "1 1 AAAA", "1 1 AAAAAAAAAA!", "0 1 AAAAAAAAAAA", "x"})
    EXPECT_THROW(posterior::matrix_from_text(text), std::invalid_argument) << text;
  const Matrix single =
      posterior::matrix_from_text(posterior::matrix_text(matrix, posterior::StoredNumber::float32));
  EXPECT_EQ(single(0, 0), static_cast<double>(0.1F));
  EXPECT_THROW(posterior::matrix_from_text("1 1 float32"), std::invalid_argument);
}

}  // namespace
}  // namespace scorefem
