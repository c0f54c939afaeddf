// Which training samples are too large to count for the unit of relative noise.
#include "pipeline/dataset/outliers.h"

#include <gtest/gtest.h>

#include <numeric>

#include "diffusion/numerics/counter_random.h"

namespace scorefem {
namespace {

using Rows = std::vector<Eigen::Index>;
using solver::Matrix;

/// n samples N(0, sd^2) of five observations each.
Matrix normals(Eigen::Index n, double sd) {
  Matrix values(n, 5);
  diffusion::CounterRandom(1, diffusion::Stream::user)
      .normals(0, values.data(), static_cast<std::size_t>(values.size()));
  return sd * values;
}

Rows outliers(const Matrix& observations) {
  Rows rows(static_cast<std::size_t>(observations.rows()));
  std::iota(rows.begin(), rows.end(), 0);
  dataset::RowSizes sizes;
  sizes.add(observations.topRows(3), {rows.begin(), rows.begin() + 3});  // block by block
  sizes.add(observations.bottomRows(observations.rows() - 3), {rows.begin() + 3, rows.end()});
  return sizes.outliers();
}

TEST(Outliers, AreRowsThatWouldCountForMany) {
  Matrix observations = normals(1000, 1).array() + 10;
  EXPECT_EQ(outliers(observations), Rows());
  observations.row(17) *= 1e5;
  EXPECT_EQ(outliers(observations), Rows{17});
  observations.row(999) *= -1e3;
  EXPECT_EQ(outliers(observations), (Rows{17, 999}));
}

// The median size was zero, and then no row was an outlier: the unit was 1414 instead of 0.096.
TEST(Outliers, AreFoundWhereMostRowsAreZero) {
  Matrix observations = Matrix::Zero(1000, 5);
  observations.topRows(54) = normals(54, 0.4);
  EXPECT_EQ(outliers(observations), Rows());
  observations.row(5).setConstant(1e5);
  EXPECT_EQ(outliers(observations), Rows{5});
  observations.row(700).setConstant(-1e4);
  EXPECT_EQ(outliers(observations), (Rows{5, 700}));
}

TEST(Outliers, AreNotTheRowsThatVaryWhereRoundingIsLeftOfTheOthers) {
  Matrix observations = normals(1000, 1e-16);
  observations.topRows(54) = normals(54, 0.4);
  EXPECT_EQ(outliers(observations), Rows());
  observations.row(5).setConstant(1e5);
  EXPECT_EQ(outliers(observations), Rows{5});
}

TEST(Outliers, AreNoneWhereAllRowsAreAlike) {
  EXPECT_EQ(outliers(Matrix::Zero(10, 5)), Rows());
  EXPECT_EQ(outliers(Matrix::Constant(10, 5, 3)), Rows());
}

}  // namespace
}  // namespace scorefem
