#include "diffusion/comparison/sinkhorn.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace scorefem::diffusion {
namespace {

/// The numbers of a file in tests/data, line by line; '#' lines are comments.
std::vector<double> read_numbers(const std::string& name) {
  std::ifstream file(SCOREFEM_TEST_DATA "/" + name);
  EXPECT_TRUE(file.good()) << name;
  std::vector<double> numbers;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream fields(line);
    for (std::string field; std::getline(fields, field, ',');) numbers.push_back(std::stod(field));
  }
  return numbers;
}

SinkhornOptions precise(double regularisation) {
  SinkhornOptions options;
  options.regularisation = regularisation;
  options.tolerance = 1e-10;
  options.max_iterations = 200000;
  return options;
}

TEST(SinkhornTest, AgreesWithPot) {
  const std::vector<double> x = read_numbers("sinkhorn_x.csv"), y = read_numbers("sinkhorn_y.csv");
  const std::vector<double> expected = read_numbers("sinkhorn_cost.csv");  // pairs (regularisation, cost)
  ASSERT_EQ(expected.size(), 4U);
  for (std::size_t i = 0; i < expected.size(); i += 2) {
    const SinkhornResult result = sinkhorn_cost(x, y, precise(expected[i]));
    EXPECT_TRUE(result.converged);
    EXPECT_NEAR(result.cost, expected[i + 1], 1e-6) << "regularisation " << expected[i];
  }
}

TEST(SinkhornTest, TwoPointsHaveAClosedForm) {
  // Identical sets {0, d}: the plan is [[p, q], [q, p]], p + q = 1/2, q / p = exp(-d / epsilon).
  const double epsilon = 0.3, d = 0.5;
  const double ratio = std::exp(-d / epsilon);
  EXPECT_NEAR(sinkhorn_cost({0.0, d}, {d, 0.0}, precise(epsilon)).cost, d * ratio / (1.0 + ratio), 1e-10);
}

TEST(SinkhornTest, SinglePointsAreTheirDistanceApart) {
  EXPECT_NEAR(sinkhorn_cost({1.5}, {-1000.0}, precise(0.01)).cost, 1001.5, 1e-6);
  EXPECT_NEAR(sinkhorn_cost({0.0}, {1.0, 2.0, 6.0}, precise(0.01)).cost, 3.0, 1e-9);
}

TEST(SinkhornTest, CostIsSymmetricAndInvariantUnderShifts) {
  const std::vector<double> x = {0.1, 0.1, 0.7, 2.0}, y = {-0.3, 0.2, 1.1};
  const double cost = sinkhorn_cost(x, y, precise(0.05)).cost;
  EXPECT_NEAR(sinkhorn_cost(y, x, precise(0.05)).cost, cost, 1e-8);
  std::vector<double> shifted_x = x, shifted_y = y;
  for (double& value : shifted_x) value += 100.0;
  for (double& value : shifted_y) value += 100.0;
  EXPECT_NEAR(sinkhorn_cost(shifted_x, shifted_y, precise(0.05)).cost, cost, 1e-8);
}

TEST(SinkhornTest, ReportsThatItDidNotConverge) {
  SinkhornOptions options = precise(0.01);
  options.max_iterations = 2;
  const SinkhornResult result = sinkhorn_cost({0.0, 0.1, 0.5}, {0.05, 0.2, 0.9}, options);
  EXPECT_FALSE(result.converged);
  EXPECT_EQ(result.iterations, 2);
  EXPECT_GT(result.marginal_error, options.tolerance);
}

TEST(SinkhornTest, RejectsBadInput) {
  EXPECT_THROW(sinkhorn_cost({}, {1.0}), std::invalid_argument);
  EXPECT_THROW(sinkhorn_cost({1.0}, {std::nan("")}), std::invalid_argument);
  EXPECT_THROW(sinkhorn_cost({1e308}, {-1e308}), std::invalid_argument);
  SinkhornOptions options;
  options.regularisation = 0.0;
  EXPECT_THROW(sinkhorn_cost({1.0}, {1.0}, options), std::invalid_argument);
}

}  // namespace
}  // namespace scorefem::diffusion
