#include "solver/logistic_newton.h"

#include <stdexcept>
#include <string>

#include "solver/mpi_check.h"
#include "solver/multigrid.h"
#include "solver/not_converged.h"

namespace scorefem::solver {
namespace {

/// out = function(in) entry by entry.
template <typename Function>
void apply(Vec in, Vec out, Function function) {
  PetscInt n = 0;
  const PetscScalar* from = nullptr;
  PetscScalar* to = nullptr;
  petsc_check(VecGetLocalSize(in, &n));
  petsc_check(VecGetArrayRead(in, &from));
  petsc_check(VecGetArray(out, &to));
  for (PetscInt i = 0; i < n; ++i) to[i] = function(from[i]);
  petsc_check(VecRestoreArrayRead(in, &from));
  petsc_check(VecRestoreArray(out, &to));
}

}  // namespace

LogisticNewton::LogisticNewton(Mat transport, Mat reaction, const ReactionOptions& options)
    : transport_(transport), reaction_(reaction), options_(options) {
  petsc_check(MatCreateVecs(transport, &work_, &residual_));
  petsc_check(VecDuplicate(work_, &nodes_));
  petsc_check(MatGetDiagonal(reaction, nodes_));
  apply(nodes_, nodes_, [](double diagonal) { return diagonal != 0 ? 1.0 : 0.0; });
  petsc_check(MatDuplicate(reaction, MAT_COPY_VALUES, &scaled_reaction_));
  petsc_check(MatDuplicate(transport, MAT_COPY_VALUES, &jacobian_));
  petsc_check(MatAXPY(jacobian_, -1, reaction, DIFFERENT_NONZERO_PATTERN));  // room for both

  MPI_Comm communicator = PetscObjectComm(reinterpret_cast<PetscObject>(transport));
  PetscMPIInt n_ranks = 1;
  mpi_check(MPI_Comm_size(communicator, &n_ranks), "tell the number of ranks");
  petsc_check(SNESCreate(communicator, &snes_));
  petsc_check(SNESSetOptionsPrefix(snes_, "reaction_"));
  petsc_check(SNESSetType(snes_, SNESNEWTONLS));
  petsc_check(SNESSetFunction(snes_, residual_, evaluate_residual, this));
  petsc_check(SNESSetJacobian(snes_, jacobian_, jacobian_, evaluate_jacobian, this));
  KSP ksp = nullptr;
  PC preconditioner = nullptr;
  petsc_check(SNESGetKSP(snes_, &ksp));
  petsc_check(KSPGetPC(ksp, &preconditioner));
  if (n_ranks == 1) {
    petsc_check(KSPSetType(ksp, KSPPREONLY));
    petsc_check(PCSetType(preconditioner, PCLU));
    petsc_check(PCFactorSetMatSolverType(preconditioner, MATSOLVERMUMPS));
  } else {
    use_multigrid(ksp, 1e-8);
  }
  petsc_check(SNESSetTolerances(snes_, 0, 0, 1e-13, 25, 10000));
  petsc_check(SNESSetFromOptions(snes_));
}

// No exception may pass through PETSc: the callbacks turn it into an error code.
PetscErrorCode LogisticNewton::evaluate_residual(SNES, Vec c, Vec out, void* self) try {
  const auto& newton = *static_cast<LogisticNewton*>(self);
  const double rate = newton.options_.rate, capacity = newton.options_.capacity;
  apply(c, newton.work_, [=](double value) { return -rate * value * (1 - value / capacity); });
  petsc_check(MatMult(newton.reaction_, newton.work_, out));
  petsc_check(MatMultAdd(newton.transport_, c, out, out));
  petsc_check(VecAXPY(out, -1, newton.load_));
  return 0;
} catch (const std::exception&) {
  return PETSC_ERR_LIB;
}

PetscErrorCode LogisticNewton::evaluate_jacobian(SNES, Vec c, Mat, Mat out, void* self) try {
  const auto& newton = *static_cast<LogisticNewton*>(self);
  const double rate = newton.options_.rate, capacity = newton.options_.capacity;
  apply(c, newton.work_, [=](double value) { return rate * (1 - 2 * value / capacity); });
  petsc_check(MatCopy(newton.reaction_, newton.scaled_reaction_, SAME_NONZERO_PATTERN));
  petsc_check(MatDiagonalScale(newton.scaled_reaction_, nullptr, newton.work_));
  petsc_check(MatZeroEntries(out));
  petsc_check(MatAXPY(out, 1, newton.transport_, SUBSET_NONZERO_PATTERN));
  petsc_check(MatAXPY(out, -1, newton.scaled_reaction_, SUBSET_NONZERO_PATTERN));
  return 0;
} catch (const std::exception&) {
  return PETSC_ERR_LIB;
}

void LogisticNewton::solve(Vec load, Vec solution) {
  load_ = load;
  petsc_check(VecCopy(nodes_, solution));
  petsc_check(VecScale(solution, options_.capacity));
  // What is large: the load, and the growth of a full channel.
  PetscReal load_norm = 0, growth_norm = 0;
  petsc_check(VecNorm(load, NORM_2, &load_norm));
  petsc_check(MatMult(reaction_, solution, residual_));
  petsc_check(VecNorm(residual_, NORM_2, &growth_norm));
  const double scale = load_norm + options_.rate * growth_norm;
  PetscReal relative = 0, step = 0;  // these and the limits may come from options
  PetscInt n_iterations = 0, n_evaluations = 0;
  petsc_check(SNESGetTolerances(snes_, nullptr, &relative, &step, &n_iterations, &n_evaluations));
  petsc_check(SNESSetTolerances(snes_, 1e-13 * scale, relative, step, n_iterations, n_evaluations));
  petsc_check(SNESSolve(snes_, nullptr, solution));
  SNESConvergedReason reason;
  petsc_check(SNESGetConvergedReason(snes_, &reason));
  if (reason > 0) return;
  KSP ksp = nullptr;
  PC preconditioner = nullptr;
  PCFailedReason factorisation = PC_NOERROR;
  petsc_check(SNESGetKSP(snes_, &ksp));
  petsc_check(KSPGetPC(ksp, &preconditioner));
  petsc_check(PCGetFailedReason(preconditioner, &factorisation));
  if (factorisation == PC_FACTOR_OUTMEMORY)
    throw std::runtime_error("Newton's method: no memory for the factorisation");
  KSPConvergedReason linear;
  petsc_check(KSPGetConvergedReason(ksp, &linear));
  std::string text = std::string("Newton's method failed: ") + SNESConvergedReasons[reason];
  if (reason == SNES_DIVERGED_LINEAR_SOLVE) text += std::string(", ") + KSPConvergedReasons[linear];
  if (reason == SNES_DIVERGED_MAX_IT) text += more_iterations("reaction_snes_max_it");
  if (reason == SNES_DIVERGED_LINEAR_SOLVE && linear == KSP_DIVERGED_ITS)
    text += more_iterations("reaction_ksp_max_it");
  throw NotConverged(text);
}

}  // namespace scorefem::solver
