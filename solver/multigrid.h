#pragma once

#include <petscksp.h>

namespace scorefem::solver {

/// Lets a Krylov solver for a distributed matrix use GMRES with algebraic multigrid (BoomerAMG where PETSc
/// has HYPRE, else GAMG) to the given reduction of the residual. The options database may overrule it: call
/// KSPSetFromOptions afterwards.
void use_multigrid(KSP ksp, double relative_tolerance);

}  // namespace scorefem::solver
