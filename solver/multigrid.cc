#include "solver/multigrid.h"

#include "solver/petsc_check.h"

namespace scorefem::solver {

void use_multigrid(KSP ksp, double relative_tolerance) {
  petsc_check(KSPSetType(ksp, KSPGMRES));
  petsc_check(KSPGMRESSetRestart(ksp, 200));
  petsc_check(KSPSetTolerances(ksp, relative_tolerance, 1e-50, PETSC_DEFAULT, 2000));
  PC preconditioner = nullptr;
  petsc_check(KSPGetPC(ksp, &preconditioner));
#ifdef PETSC_HAVE_HYPRE
  petsc_check(PCSetType(preconditioner, PCHYPRE));
  petsc_check(PCHYPRESetType(preconditioner, "boomeramg"));
#else
  petsc_check(PCSetType(preconditioner, PCGAMG));
#endif
}

}  // namespace scorefem::solver
