#include "solver/factorisation.h"

#include <stdexcept>
#include <string>

namespace scorefem::solver {
namespace {

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
  MatHandle assembled;
  petsc_check(MatCreateSeqAIJWithArrays(PETSC_COMM_SELF, n, n, copy.outerIndexPtr(), copy.innerIndexPtr(),
                                        copy.valuePtr(), &assembled));
  petsc_check(MatGetFactor(assembled, MATSOLVERMUMPS, MAT_FACTOR_LU, &factor_));
  MatFactorInfo info;
  petsc_check(MatFactorInfoInitialize(&info));
  petsc_check(MatLUFactorSymbolic(factor_, assembled, nullptr, nullptr, &info));
  petsc_check(MatLUFactorNumeric(factor_, assembled, &info));
  MatFactorError error;
  petsc_check(MatFactorGetError(factor_, &error));
  if (error != MAT_FACTOR_NOERROR)
    throw std::runtime_error("LU factorisation failed (MatFactorError " + std::to_string(error) +
                             "): singular matrix?");
}

ColumnBlock Factorisation::solve(const ColumnBlock& right) const {
  const auto n = static_cast<PetscInt>(right.rows()), n_columns = static_cast<PetscInt>(right.cols());
  ColumnBlock solution(n, n_columns);
  if (n_columns == 0) return solution;
  MatHandle b, x;  // views of our own memory; PETSc does not write to b
  petsc_check(MatCreateSeqDense(PETSC_COMM_SELF, n, n_columns, const_cast<double*>(right.data()), &b));
  petsc_check(MatCreateSeqDense(PETSC_COMM_SELF, n, n_columns, solution.data(), &x));
  petsc_check(MatMatSolve(factor_, b, x));
  return solution;
}

}  // namespace scorefem::solver
