#pragma once

#include "solver/forward_options.h"
#include "solver/petsc_handle.h"

namespace scorefem::solver {

/// Damped Newton's method (PETSc SNES with line search) for transport c - reaction f(c) = load, f(c) = r c (1
/// - c / C), with matrices on one process or distributed. PETSc's options have the prefix -reaction_ .
///
/// For fluxes >= 0 there is exactly one non-negative solution (besides c = 0 without flux); it attracts the
/// growth from c = 0 in time, and it is the largest of all solutions. Because f is concave, Newton's method
/// from c = C, where f' < 0, falls to it monotonically after its first step: that is where it starts.
class LogisticNewton {
 public:
  /// @param transport, reaction kept by reference; a row without entries in reaction is linear and starts
  /// from 0.
  LogisticNewton(Mat transport, Mat reaction, const ReactionOptions& options);

  /// Sets solution to c. Collective.
  /// @throws NotConverged with PETSc's reason; std::runtime_error if PETSc fails or memory is short.
  void solve(Vec load, Vec solution);

 private:
  static PetscErrorCode evaluate_residual(SNES, Vec c, Vec out, void* self);
  static PetscErrorCode evaluate_jacobian(SNES, Vec c, Mat, Mat out, void* self);

  Mat transport_, reaction_;
  ReactionOptions options_;
  Vec load_ = nullptr;
  MatHandle scaled_reaction_, jacobian_;
  VecHandle work_, residual_, nodes_;  // nodes_: 1 where there is reaction, else 0
  SnesHandle snes_;
};

}  // namespace scorefem::solver
