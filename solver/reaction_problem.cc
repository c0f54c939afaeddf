#include "solver/reaction_problem.h"

#include <petscsnes.h>

#include <algorithm>
#include <stdexcept>
#include <string>

#include "solver/petsc_check.h"

namespace scorefem::solver {
namespace {

/// What the callbacks of SNES need; lives as long as the solve.
struct NewtonContext {
  const ReactionProblem& problem;
  const Vector& load;
  SparseMatrix jacobian;  // PETSc's matrix uses these arrays

  ~NewtonContext() {
    SNESDestroy(&snes);
    VecDestroy(&solution);
    VecDestroy(&residual);
    MatDestroy(&matrix);
  }
  SNES snes = nullptr;
  Vec solution = nullptr, residual = nullptr;
  Mat matrix = nullptr;
};

Vector copy_of(Vec vec) {
  const PetscScalar* values = nullptr;
  PetscInt n = 0;
  petsc_check(VecGetLocalSize(vec, &n));
  petsc_check(VecGetArrayRead(vec, &values));
  const Vector result = Eigen::Map<const Vector>(values, n);
  petsc_check(VecRestoreArrayRead(vec, &values));
  return result;
}

void assign(Vec vec, const Vector& values) {
  PetscScalar* to = nullptr;
  petsc_check(VecGetArrayWrite(vec, &to));
  std::copy(values.begin(), values.end(), to);
  petsc_check(VecRestoreArrayWrite(vec, &to));
}

// No exception may pass through PETSc: the callbacks turn it into an error code.
PetscErrorCode evaluate_residual(SNES, Vec x, Vec out, void* data) try {
  const auto& context = *static_cast<NewtonContext*>(data);
  assign(out, context.problem.residual(copy_of(x)) - context.load);
  return 0;
} catch (const std::exception&) {
  return PETSC_ERR_LIB;
}

PetscErrorCode evaluate_jacobian(SNES, Vec x, Mat, Mat matrix, void* data) try {
  const auto& context = *static_cast<NewtonContext*>(data);
  const SparseMatrix jacobian = context.problem.jacobian(copy_of(x));
  PetscScalar* values = nullptr;
  petsc_check(MatSeqAIJGetArray(matrix, &values));
  std::copy(jacobian.valuePtr(), jacobian.valuePtr() + jacobian.nonZeros(), values);
  petsc_check(MatSeqAIJRestoreArray(matrix, &values));
  return 0;
} catch (const std::exception&) {
  return PETSC_ERR_LIB;
}

}  // namespace

ReactionProblem::ReactionProblem(const ForwardOptions& options, const Discretisation& discretisation)
    : rate_(options.reaction.rate),
      capacity_(options.reaction.capacity),
      transport_(discretisation.transport()),
      reaction_(discretisation.reaction()) {}

Vector ReactionProblem::residual(const Vector& concentration) const {
  const Vector growth = (rate_ * concentration.array() * (1 - concentration.array() / capacity_)).matrix();
  return transport_ * concentration - reaction_ * growth;
}

Vector ReactionProblem::slope(const Vector& concentration) const {
  return rate_ * (1 - 2 / capacity_ * concentration.array());
}

SparseMatrix ReactionProblem::jacobian(const Vector& concentration) const {
  SparseMatrix result = transport_ - SparseMatrix(reaction_ * slope(concentration).asDiagonal());
  result.makeCompressed();
  return result;
}

Vector ReactionProblem::solve(const Vector& load) const {
  const Vector start = Vector::Constant(load.size(), capacity_);
  NewtonContext context{*this, load, jacobian(start)};
  const auto n = static_cast<PetscInt>(load.size());
  SparseMatrix& jacobian = context.jacobian;
  petsc_check(MatCreateSeqAIJWithArrays(PETSC_COMM_SELF, n, n, jacobian.outerIndexPtr(),
                                        jacobian.innerIndexPtr(), jacobian.valuePtr(), &context.matrix));
  petsc_check(VecCreateSeq(PETSC_COMM_SELF, n, &context.solution));
  petsc_check(VecDuplicate(context.solution, &context.residual));
  assign(context.solution, start);

  petsc_check(SNESCreate(PETSC_COMM_SELF, &context.snes));
  petsc_check(SNESSetOptionsPrefix(context.snes, "reaction_"));
  petsc_check(SNESSetFunction(context.snes, context.residual, evaluate_residual, &context));
  petsc_check(SNESSetJacobian(context.snes, context.matrix, context.matrix, evaluate_jacobian, &context));
  petsc_check(SNESSetType(context.snes, SNESNEWTONLS));
  const double scale = load.norm() + (reaction_ * Vector::Constant(n, rate_ * capacity_)).norm();
  petsc_check(SNESSetTolerances(context.snes, 1e-13 * scale, 0, 1e-13, 25, 10000));
  KSP ksp = nullptr;
  PC preconditioner = nullptr;
  petsc_check(SNESGetKSP(context.snes, &ksp));
  petsc_check(KSPSetType(ksp, KSPPREONLY));
  petsc_check(KSPGetPC(ksp, &preconditioner));
  petsc_check(PCSetType(preconditioner, PCLU));
  petsc_check(PCFactorSetMatSolverType(preconditioner, MATSOLVERMUMPS));
  petsc_check(SNESSetFromOptions(context.snes));

  petsc_check(SNESSolve(context.snes, nullptr, context.solution));
  SNESConvergedReason reason;
  petsc_check(SNESGetConvergedReason(context.snes, &reason));
  if (reason <= 0)
    throw std::runtime_error(std::string("Newton's method failed: ") + SNESConvergedReasons[reason]);
  return copy_of(context.solution);
}

}  // namespace scorefem::solver
