// Measurements of which some observations are missing: selection, groups, and the way to files and back.
#include "pipeline/problem/measurements.h"

#include <gtest/gtest.h>

#include <cmath>

#include "pipeline/problem/noise/correlated.h"
#include "priors.h"

namespace scorefem {
namespace {

using problem::Mask;
using problem::Measurements;
using solver::Matrix;
using Rows = std::vector<Eigen::Index>;

/// Of four measurements the first and third lack the second observation, the second lacks all.
Matrix with_gaps() {
  Matrix values(4, 3);
  values << 1, NAN, -0.0, NAN, NAN, NAN, 7, NAN, 9, 10, 11, 12;
  return values;
}

bool same(const Measurements& a, const Measurements& b) {
  return a.values() == b.values() && (a.there() == b.there()).all();
}

TEST(MeasurementsTest, ComeBackFromNan) {
  const Matrix given = with_gaps();
  const Measurements y = Measurements::from_nan(given);
  EXPECT_EQ(y.rows(), 4);
  EXPECT_EQ(y.columns(), 3);
  EXPECT_FALSE(y.all_there());
  EXPECT_TRUE(Measurements(Matrix::Ones(2, 3)).all_there());
  for (const auto& [row, n] : {std::pair{0, 2}, {1, 0}, {2, 2}, {3, 3}}) EXPECT_EQ(y.n_there(row), n) << row;
  EXPECT_TRUE(y.values().allFinite());
  EXPECT_EQ(y.values()(0, 1), 0);
  const Matrix back = y.to_nan();
  for (Eigen::Index k = 0; k < given.size(); ++k) {
    const double is = back.data()[k], was = given.data()[k];
    EXPECT_EQ(std::isnan(is), std::isnan(was)) << k;
    if (!std::isnan(was)) {
      EXPECT_EQ(is, was) << k;
      EXPECT_EQ(std::signbit(is), std::signbit(was)) << k;
    }
  }
  EXPECT_TRUE(same(Measurements::from_nan(back), y));
  // A missing observation has no value, whatever is given for it.
  Mask there = Mask::Constant(1, 2, true);
  there(0, 1) = false;
  Matrix values(1, 2);
  values << 3, 5;
  EXPECT_EQ(Measurements(values, there).values()(0, 1), 0);
}

TEST(MeasurementsTest, AreSelectedWithTheirMasks) {
  const Matrix given = with_gaps();
  const Measurements y = Measurements::from_nan(given);
  EXPECT_TRUE(same(y.row(2), Measurements::from_nan(given.row(2))));
  EXPECT_TRUE(same(y.rows(1, 2), Measurements::from_nan(given.middleRows(1, 2))));
  EXPECT_TRUE(same(y.columns(1, 2), Measurements::from_nan(given.middleCols(1, 2))));
  const Rows some = {3, 0, 3};
  EXPECT_TRUE(same(y.rows(some), Measurements::from_nan(given(some, Eigen::all))));
  EXPECT_EQ(y.rows(Rows{}).rows(), 0);
  EXPECT_EQ(y.rows(Rows{}).columns(), 3);
  const Rows twice = {0, 0, 1, 1, 2, 2, 3, 3};
  EXPECT_TRUE(same(y.repeated(2), y.rows(twice)));
}

TEST(MeasurementsTest, GroupsShareAMask) {
  const std::vector<problem::MaskGroup> groups = Measurements::from_nan(with_gaps()).groups();
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups[0].there, (Rows{0, 2}));
  EXPECT_EQ(groups[0].rows, (Rows{0, 2}));
  EXPECT_EQ(groups[1].there, Rows{});
  EXPECT_EQ(groups[1].rows, Rows{1});
  EXPECT_EQ(groups[2].there, (Rows{0, 1, 2}));
  EXPECT_EQ(groups[2].rows, Rows{3});
  EXPECT_TRUE(Measurements().groups().empty());
}

TEST(MeasurementsTest, MissingObservationsHaveNoResidual) {
  const Measurements y = Measurements::from_nan(with_gaps());
  const Matrix clean = Matrix::Ones(4, 3), residual = gaussian_noise(0.5)->residuals(y, clean);
  EXPECT_EQ(residual(2, 0), 12);
  EXPECT_EQ(residual(2, 1), 0);
  EXPECT_EQ(residual.row(1), Matrix::Zero(1, 3));
}

TEST(MeasurementsTest, WhatMixesWithAMissingObservationIsNotKnown) {
  Matrix covariance(3, 3);
  covariance << 4, 1, 1, 1, 4, 1, 1, 1, 4;
  const problem::CorrelatedNoise noise(covariance);
  const Measurements y = Measurements::from_nan(with_gaps());
  const Measurements standard = noise.standardised(y);
  EXPECT_DOUBLE_EQ(standard.values()(0, 0), 0.5);
  EXPECT_TRUE(standard.there()(0, 0));
  EXPECT_FALSE(standard.there()(0, 2));  // behind the second, which is missing
  EXPECT_TRUE(standard.there().row(3).all());
  const Matrix residual = noise.residuals(y, Matrix::Zero(4, 3));
  EXPECT_DOUBLE_EQ(residual(0, 0), 0.5);
  EXPECT_EQ(residual(0, 1), 0);
  EXPECT_TRUE(std::isnan(residual(0, 2)));
  EXPECT_TRUE(residual.row(3).allFinite());
}

}  // namespace
}  // namespace scorefem
