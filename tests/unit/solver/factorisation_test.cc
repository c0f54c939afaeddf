#include "solver/factorisation.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace scorefem::solver {
namespace {

SparseMatrix sparse(const Matrix& dense) {
  return dense.sparseView();
}

TEST(Factorisation, SolvesABlockOfRightHandSides) {
  Matrix a(3, 3);
  a << 4, 1, 0, -2, 5, 1, 0, 3, 6;
  ColumnBlock x(3, 2);
  x << 1, -1, 2, 0.5, 3, 7;
  const Factorisation factorisation(sparse(a));
  EXPECT_LT((factorisation.solve(a * x) - x).cwiseAbs().maxCoeff(), 1e-14);
  EXPECT_EQ(factorisation.solve(ColumnBlock(3, 0)).cols(), 0);
}

TEST(Factorisation, RefusesASingularMatrix) {
  Matrix a(2, 2);
  a << 1, 2, 2, 4;
  EXPECT_THROW(Factorisation{sparse(a)}, std::runtime_error);
}

}  // namespace
}  // namespace scorefem::solver
