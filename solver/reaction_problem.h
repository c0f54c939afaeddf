#pragma once

#include "solver/discretisation.h"
#include "solver/forward_options.h"
#include "solver/matrix.h"

namespace scorefem::solver {

/// The discrete reaction problem: transport c - reaction f(c) = load with f(c) = r c (1 - c / C) node by
/// node.
///
/// Which solution: for fluxes >= 0 there is exactly one non-negative solution besides c = 0 without flux; it
/// attracts the growth from c = 0 in time, and it is the largest of all solutions. Because f is concave,
/// Newton's method from c = C, where f' < 0, falls to it monotonically (after the first step) and needs no
/// other safeguard; solve() starts there.
class ReactionProblem {
 public:
  ReactionProblem(const ForwardOptions& options, const Discretisation& discretisation);

  /// transport c - reaction f(c) [n_unknowns], without the load.
  Vector residual(const Vector& concentration) const;
  /// f'(c) at the nodes [n_unknowns].
  Vector slope(const Vector& concentration) const;
  /// transport - reaction diag(f'(c)) [n_unknowns, n_unknowns], always with the same pattern of entries.
  SparseMatrix jacobian(const Vector& concentration) const;
  /// Matrix of the quadratic term, reaction r / C: residual(c + d) = residual(c) + jacobian(c) d + curvature
  /// d^2.
  SparseMatrix curvature() const { return reaction_ * (rate_ / capacity_); }

  /// Damped Newton's method (PETSc SNES with line search, MUMPS; options with the prefix -reaction_) from c =
  /// C.
  /// @throws std::runtime_error with PETSc's reason if it does not converge.
  Vector solve(const Vector& load) const;

 private:
  double rate_, capacity_;
  SparseMatrix transport_, reaction_;
};

}  // namespace scorefem::solver
