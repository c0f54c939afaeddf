#include "solver/discretisation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "solver/factorisation.h"

namespace scorefem::solver {
namespace {

/// A smooth concentration that vanishes at the inlet, and the source and boundary flux that it needs.
struct Manufactured {
  const ForwardOptions& options;

  static double value(double x, double y) { return std::sin(0.9 * x) * std::cos(1.3 * y + 0.2); }
  static double dx(double x, double y) { return 0.9 * std::cos(0.9 * x) * std::cos(1.3 * y + 0.2); }
  static double dy(double x, double y) { return -1.3 * std::sin(0.9 * x) * std::sin(1.3 * y + 0.2); }

  double source(double x, double y) const {
    const double laplacian = -(0.9 * 0.9 + 1.3 * 1.3) * value(x, y);
    return velocity(options, y) * dx(x, y) - options.diffusivity * laplacian;
  }
  double flux(Boundary boundary, double x, double y) const {
    switch (boundary) {
      case Boundary::outlet:
        return options.diffusivity * dx(x, y);
      case Boundary::lower_wall:
        return -options.diffusivity * dy(x, y);
      case Boundary::upper_wall:
        return options.diffusivity * dy(x, y);
      case Boundary::inlet:
        break;
    }
    return 0;
  }
};

/// Root mean square error over points that lie differently in every cell.
double manufactured_error(const ForwardOptions& options) {
  Discretisation discretisation(options);
  const Manufactured exact{options};
  const Vector load =
      discretisation.load([&](double x, double y) { return exact.source(x, y); },
                          [&](Boundary b, double x, double y) { return exact.flux(b, x, y); });
  const Vector solution = Factorisation(discretisation.transport()).solve(load);
  std::vector<SensorPosition> points;
  for (double x = 0.013; x < options.channel.length; x += 0.0931)
    for (double y = 0.017; y < options.channel.height; y += 0.0717) points.push_back({x, y});
  Vector error = discretisation.evaluation(points) * solution;
  for (std::size_t p = 0; p < points.size(); ++p)
    error(static_cast<Eigen::Index>(p)) -= Manufactured::value(points[p][0], points[p][1]);
  return error.norm() / std::sqrt(static_cast<double>(points.size()));
}

/// Observed order of convergence over two uniform refinements in both directions.
double observed_order(ForwardOptions options) {
  options.channel.segments_per_wall = 7;
  const auto error = [&](int refinement) {
    options.discretisation.cells_per_segment = refinement;
    options.discretisation.cells_across = 2 * refinement;
    options.discretisation.grading = 1;
    return manufactured_error(options);
  };
  return std::log2(error(1) / error(4)) / 2;
}

TEST(Discretisation, ConvergesAtTheOrderOfTheElement) {
  for (const int degree : {1, 2, 3, 4}) {
    ForwardOptions options;
    options.discretisation.degree = degree;
    EXPECT_NEAR(observed_order(options), degree + 1, 0.25) << "degree " << degree;
  }
}

TEST(Discretisation, CellsAddUpToTheMatrixAndTheLoadsToTheWalls) {
  ForwardOptions options;
  Discretisation discretisation(options, {});  // every node is an unknown
  const SparseMatrix transport = discretisation.transport();
  const Vector one = Vector::Ones(discretisation.n_unknowns());
  // A constant concentration is carried along unchanged.
  EXPECT_LT((transport * one).cwiseAbs().maxCoeff(), 1e-12);
  // Sums over all test functions: the area, and each segment's length.
  EXPECT_NEAR(one.dot(discretisation.reaction() * one), 8.5 * 2, 1e-10);
  const ColumnBlock loads = discretisation.segment_loads();
  ASSERT_EQ(loads.cols(), 30);
  for (Eigen::Index s = 0; s < 30; ++s) EXPECT_NEAR(loads.col(s).sum(), 7.0 / 15, 1e-12);
}

TEST(Discretisation, EvaluatesPolynomialsOfTheElementsDegreeExactly) {
  ForwardOptions options;
  options.discretisation.degree = 2;
  const Discretisation discretisation(options, {});
  const auto values_at = [&](const std::vector<SensorPosition>& points) {
    Vector values(static_cast<Eigen::Index>(points.size()));
    for (std::size_t p = 0; p < points.size(); ++p) {
      const auto [x, y] = points[p];
      values(static_cast<Eigen::Index>(p)) = 1 + x * y - 0.5 * x * x + 2 * y * y;
    }
    return values;
  };
  // Nodal values by least squares over many points, then evaluated at others: corners, edges, interior.
  std::vector<SensorPosition> grid;
  for (double x = 0; x <= 8.5; x += 0.05)
    for (double y = 0; y <= 2; y += 0.05) grid.push_back({x, y});
  const SparseMatrix at_grid = discretisation.evaluation(grid);
  const SparseMatrix normal = at_grid.transpose() * at_grid;
  const Vector nodal = Factorisation(normal).solve(at_grid.transpose() * values_at(grid));
  const std::vector<SensorPosition> points{{0, 0}, {8.5, 2}, {7.0, 0.5}, {7.0 / 15, 1.0}, {3.21, 1.99}};
  EXPECT_LT((discretisation.evaluation(points) * nodal - values_at(points)).cwiseAbs().maxCoeff(), 1e-9);
}

TEST(Discretisation, RefusesPointsOutside) {
  EXPECT_THROW(Discretisation(ForwardOptions{}).evaluation({{1, 2.5}}), std::invalid_argument);
}

}  // namespace
}  // namespace scorefem::solver
