#pragma once

#include "solver/discretisation.h"
#include "solver/forward_options.h"
#include "solver/matrix.h"

namespace scorefem::solver {

/// The discrete reaction problem on one process: transport c - reaction f(c) = load with f(c) = r c (1 - c /
/// C) node by node.
class ReactionProblem {
 public:
  ReactionProblem(const ForwardOptions& options, const Discretisation& discretisation);

  /// transport c - reaction f(c) [n_unknowns], without the load.
  Vector residual(const Vector& concentration) const;
  /// f'(c) at the nodes [n_unknowns].
  Vector slope(const Vector& concentration) const;
  /// transport - reaction diag(f'(c)) [n_unknowns, n_unknowns].
  SparseMatrix jacobian(const Vector& concentration) const;
  /// Matrix of the quadratic term, reaction r / C: residual(c + d) = residual(c) + jacobian(c) d + curvature
  /// d^2.
  SparseMatrix curvature() const { return reaction_ * (options_.rate / options_.capacity); }

  /// The stable solution, by Newton's method from c = C (see LogisticNewton).
  /// @throws as LogisticNewton::solve().
  Vector solve(const Vector& load) const;

 private:
  ReactionOptions options_;
  SparseMatrix transport_, reaction_;
};

}  // namespace scorefem::solver
