#pragma once

#include "solver/matrix.h"
#include "solver/petsc_handle.h"

namespace scorefem::solver {

/// LU factorisation of a sparse matrix by MUMPS through PETSc, on this process alone.
/// Needs a Runtime. Options of the PETSc database apply (e.g. -mat_mumps_icntl_7).
class Factorisation {
 public:
  /// @throws std::runtime_error with PETSc's reason, e.g. for a singular matrix; std::logic_error without a
  /// Runtime.
  explicit Factorisation(const SparseMatrix& matrix);

  /// Solves for all right-hand sides in one pass. @param right [n, any] @return [n, any]
  ColumnBlock solve(const ColumnBlock& right) const;

 private:
  MatHandle factor_;
};

}  // namespace scorefem::solver
