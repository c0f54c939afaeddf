#include "solver/substructured_lu.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "solver/discretisation.h"

namespace scorefem::solver {
namespace {

std::vector<SubstructuredLu::Cell> transport_cells(const Discretisation& discretisation) {
  std::vector<SubstructuredLu::Cell> cells;
  for (const auto& cell : discretisation.cells())
    cells.push_back({cell.unknowns, cell.transport, cell.center});
  return cells;
}

TEST(SubstructuredLu, SolvesTheAssembledSystemInEveryLane) {
  for (const auto& mesh : {DiscretisationOptions{1, 1, 2, 1.0}, DiscretisationOptions{2, 2, 3, 2.0},
                           DiscretisationOptions{5, 1, 5, 2.0}}) {
    ForwardOptions options;
    options.discretisation = mesh;
    const Discretisation discretisation(options);
    const int n = discretisation.n_unknowns();
    const SubstructuredLu lu(n, transport_cells(discretisation));
    Eigen::MatrixXd exact(n, kLanes);
    for (Eigen::Index i = 0; i < exact.size(); ++i) exact.data()[i] = std::sin(0.37 * static_cast<double>(i));
    const Matrix right = discretisation.transport() * exact;
    for (const LaneKernels& kernels : supported_lane_kernels()) {
      std::vector<Lanes> x(n);
      for (int i = 0; i < n; ++i)
        for (int lane = 0; lane < kLanes; ++lane) x[i].value[lane] = right(i, lane);
      lu.solve(x, kernels);
      double error = 0;
      for (int i = 0; i < n; ++i)
        for (int lane = 0; lane < kLanes; ++lane)
          error = std::max(error, std::abs(x[i].value[lane] - exact(i, lane)));
      EXPECT_LT(error, 1e-10) << kernels.instruction_set << ", " << n << " unknowns";
    }
  }
}

TEST(SubstructuredLu, CostsAFractionOfADenseInverse) {
  const Discretisation discretisation(ForwardOptions{});
  const double n = discretisation.n_unknowns();
  const SubstructuredLu lu(discretisation.n_unknowns(), transport_cells(discretisation));
  EXPECT_LT(lu.n_multiplications(), n * n / 30);
}

TEST(SubstructuredLu, RefusesASingularMatrix) {
  const Discretisation discretisation(ForwardOptions{},
                                      {});  // nothing prescribed: the constants are in the kernel
  EXPECT_THROW(SubstructuredLu(discretisation.n_unknowns(), transport_cells(discretisation)),
               std::runtime_error);
}

}  // namespace
}  // namespace scorefem::solver
