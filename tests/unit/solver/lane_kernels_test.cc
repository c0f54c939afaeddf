#include "solver/lane_kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace scorefem::solver {
namespace {

/// Every instruction set that this processor has.
class LaneKernelsTest : public testing::TestWithParam<LaneKernels> {};

double some_number(int i) {
  return std::sin(1.3 * i) + 0.1 * std::cos(7.7 * i);
}

std::vector<Lanes> some_lanes(int n) {
  std::vector<Lanes> x(n);
  for (int i = 0; i < n; ++i)
    for (int lane = 0; lane < kLanes; ++lane) x[i].value[lane] = some_number(i * kLanes + lane);
  return x;
}

Matrix to_matrix(const std::vector<Lanes>& x) {
  return Eigen::Map<const Matrix>(x.front().value, static_cast<Eigen::Index>(x.size()), kLanes);
}

Matrix some_matrix(int n_rows, int n_cols) {
  Matrix a(n_rows, n_cols);
  for (int i = 0; i < a.size(); ++i) a.data()[i] = some_number(3 * i + 1);
  return a;
}

TEST_P(LaneKernelsTest, ProductAgreesWithTheDefinition) {
  for (const int n_rows : {1, 4, 7}) {
    const Matrix a = some_matrix(n_rows, 3);
    const std::vector<int> columns{5, 0, 2};
    const auto x = some_lanes(6);
    std::vector<Lanes> out(n_rows);
    const PanelMatrix panels(a);
    GetParam().product(panels.data(), panels.rows(), panels.cols(), columns.data(), x.data(), out.data());
    EXPECT_LT((to_matrix(out) - a * to_matrix(x)(columns, Eigen::all)).cwiseAbs().maxCoeff(), 1e-14);
  }
}

TEST_P(LaneKernelsTest, SubtractProductTouchesItsRowsOnly) {
  const Matrix a = some_matrix(6, 2);
  const std::vector<int> columns{7, 3}, rows{0, 1, 8, 2, 6, 5};
  auto x = some_lanes(10);
  Matrix expected = to_matrix(x);
  expected(rows, Eigen::all) -= a * expected(columns, Eigen::all);
  const PanelMatrix panels(a);
  GetParam().subtract_product(panels.data(), panels.rows(), panels.cols(), columns.data(), rows.data(),
                              x.data());
  EXPECT_LT((to_matrix(x) - expected).cwiseAbs().maxCoeff(), 1e-14);
}

TEST_P(LaneKernelsTest, SubtractSquaresAgreesWithTheDefinition) {
  Matrix dense = some_matrix(5, 5);
  dense(2, 3) = dense(4, 0) = dense(0, 0) = 0;
  dense.row(1).setZero();
  const SparseMatrix a = dense.sparseView();
  const auto x = some_lanes(5);
  const Vector constant = some_matrix(5, 1);
  std::vector<Lanes> out(5);
  GetParam().subtract_squares(5, a.outerIndexPtr(), a.innerIndexPtr(), a.valuePtr(), constant.data(),
                              x.data(), out.data());
  const Matrix expected = constant.replicate(1, kLanes) - dense * to_matrix(x).cwiseAbs2();
  EXPECT_LT((to_matrix(out) - expected).cwiseAbs().maxCoeff(), 1e-14);
}

TEST_P(LaneKernelsTest, AdvanceMeasuresEveryLaneAndKeepsNaN) {
  const int n = 9;
  auto x = some_lanes(n), next = some_lanes(2 * n);
  next.erase(next.begin(), next.begin() + n);
  const Vector base = some_matrix(n, 1);
  const Matrix difference = to_matrix(next) - to_matrix(x),
               full = to_matrix(next) + base.replicate(1, kLanes);
  next[4].value[3] = std::numeric_limits<double>::quiet_NaN();
  Lanes change, size, lowest;
  GetParam().advance(n, base.data(), next.data(), x.data(), change, size, lowest);
  for (int lane = 0; lane < kLanes; ++lane) {
    if (lane == 3) continue;
    EXPECT_DOUBLE_EQ(change.value[lane], difference.col(lane).cwiseAbs().maxCoeff());
    EXPECT_DOUBLE_EQ(size.value[lane], full.col(lane).cwiseAbs().maxCoeff());
    EXPECT_DOUBLE_EQ(lowest.value[lane], full.col(lane).minCoeff());
    EXPECT_EQ(x[4].value[lane], next[4].value[lane]);
  }
  EXPECT_FALSE(change.value[3] <= 1e300);  // a lost sample must not look converged
}

INSTANTIATE_TEST_SUITE_P(InstructionSets, LaneKernelsTest, testing::ValuesIn(supported_lane_kernels()),
                         [](const auto& instance) {
                           std::string name = instance.param.instruction_set;
                           name.erase(std::remove(name.begin(), name.end(), '-'), name.end());
                           return name;
                         });

}  // namespace
}  // namespace scorefem::solver
