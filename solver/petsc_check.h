#pragma once

#include <petscsys.h>

#include <stdexcept>
#include <string>

namespace scorefem::solver {

/// Throws std::runtime_error with PETSc's own words if a PETSc call failed.
inline void petsc_check(PetscErrorCode code) {
  if (code == 0) return;
  const char* general = nullptr;
  char* specific = nullptr;
  PetscErrorMessage(code, &general, &specific);
  throw std::runtime_error(std::string("PETSc: ") + (general ? general : "unknown error") +
                           (specific && *specific ? std::string(": ") + specific : std::string()));
}

}  // namespace scorefem::solver
