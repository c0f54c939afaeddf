#include "solver/factorisation.h"

#include <stdexcept>
#include <vector>

#include "solver/petsc_check.h"

namespace scorefem::solver {
namespace {

/// Destroys a PETSc matrix at the end of the scope.
struct ScopedMat {
  Mat mat = nullptr;
  ~ScopedMat() { MatDestroy(&mat); }
};

void require_petsc() {
  PetscBool initialised = PETSC_FALSE;
  petsc_check(PetscInitialized(&initialised));
  if (!initialised)
    throw std::logic_error("PETSc is not initialised: make a scorefem::solver::Runtime first");
}

}  // namespace

Factorisation::Factorisation(const SparseMatrix& matrix) {
  require_petsc();
  const PetscInt n = static_cast<PetscInt>(matrix.rows());
  SparseMatrix copy = matrix;  // PETSc reads the arrays in place, and only while factorising
  copy.makeCompressed();
  ScopedMat assembled;
  petsc_check(MatCreateSeqAIJWithArrays(PETSC_COMM_SELF, n, n, copy.outerIndexPtr(), copy.innerIndexPtr(),
                                        copy.valuePtr(), &assembled.mat));
  ScopedMat factor;  // until everything below went well
  petsc_check(MatGetFactor(assembled.mat, MATSOLVERMUMPS, MAT_FACTOR_LU, &factor.mat));
  MatFactorInfo info;
  petsc_check(MatFactorInfoInitialize(&info));
  petsc_check(MatLUFactorSymbolic(factor.mat, assembled.mat, nullptr, nullptr, &info));
  petsc_check(MatLUFactorNumeric(factor.mat, assembled.mat, &info));
  MatFactorError error;
  petsc_check(MatFactorGetError(factor.mat, &error));
  if (error != MAT_FACTOR_NOERROR)
    throw std::runtime_error("LU factorisation failed (MatFactorError " + std::to_string(error) +
                             "): singular matrix?");
  std::swap(factor_, factor.mat);
}

Factorisation::~Factorisation() {
  MatDestroy(&factor_);
}

ColumnBlock Factorisation::solve(const ColumnBlock& right) const {
  const auto n = static_cast<PetscInt>(right.rows()), n_columns = static_cast<PetscInt>(right.cols());
  ColumnBlock solution(n, n_columns);
  if (n_columns == 0) return solution;
  ScopedMat b, x;  // views of our own memory; PETSc does not write to b
  petsc_check(MatCreateSeqDense(PETSC_COMM_SELF, n, n_columns, const_cast<double*>(right.data()), &b.mat));
  petsc_check(MatCreateSeqDense(PETSC_COMM_SELF, n, n_columns, solution.data(), &x.mat));
  petsc_check(MatMatSolve(factor_, b.mat, x.mat));
  return solution;
}

}  // namespace scorefem::solver
