#include "solver/reaction_problem.h"

#include "solver/logistic_newton.h"

namespace scorefem::solver {

ReactionProblem::ReactionProblem(const ForwardOptions& options, const Discretisation& discretisation)
    : options_(options.reaction),
      transport_(discretisation.transport()),
      reaction_(discretisation.reaction()) {}

Vector ReactionProblem::residual(const Vector& concentration) const {
  const Vector growth =
      options_.rate * (concentration.array() * (1 - concentration.array() / options_.capacity));
  return transport_ * concentration - reaction_ * growth;
}

Vector ReactionProblem::slope(const Vector& concentration) const {
  return options_.rate * (1 - 2 / options_.capacity * concentration.array());
}

SparseMatrix ReactionProblem::jacobian(const Vector& concentration) const {
  return transport_ - SparseMatrix(reaction_ * slope(concentration).asDiagonal());
}

Vector ReactionProblem::solve(const Vector& load) const {
  const auto n = static_cast<PetscInt>(load.size());
  // PETSc's view of our own arrays; it only reads them.
  const auto view = [n](const SparseMatrix& matrix, Mat* mat) {
    petsc_check(MatCreateSeqAIJWithArrays(PETSC_COMM_SELF, n, n, const_cast<int*>(matrix.outerIndexPtr()),
                                          const_cast<int*>(matrix.innerIndexPtr()),
                                          const_cast<double*>(matrix.valuePtr()), mat));
  };
  MatHandle transport, reaction;
  view(transport_, &transport);
  view(reaction_, &reaction);
  Vector solution(n);
  VecHandle right, unknown;
  petsc_check(VecCreateSeqWithArray(PETSC_COMM_SELF, 1, n, load.data(), &right));
  petsc_check(VecCreateSeqWithArray(PETSC_COMM_SELF, 1, n, solution.data(), &unknown));
  LogisticNewton(transport, reaction, options_).solve(right, unknown);
  return solution;
}

}  // namespace scorefem::solver
