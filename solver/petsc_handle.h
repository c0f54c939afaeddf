#pragma once

#include <petscsnes.h>

#include "solver/petsc_check.h"

namespace scorefem::solver {

/// Owns a PETSc object and destroys it at the end of the scope; converts to it, and &handle is what PETSc's
/// Create wants.
template <typename Object, PetscErrorCode (*destroy)(Object*)>
class PetscHandle {
 public:
  PetscHandle() = default;
  ~PetscHandle() { destroy(&object_); }
  PetscHandle(const PetscHandle&) = delete;
  PetscHandle& operator=(const PetscHandle&) = delete;

  operator Object() const { return object_; }
  Object* operator&() { return &object_; }

 private:
  Object object_ = nullptr;
};

using MatHandle = PetscHandle<Mat, MatDestroy>;
using VecHandle = PetscHandle<Vec, VecDestroy>;
using KspHandle = PetscHandle<KSP, KSPDestroy>;
using SnesHandle = PetscHandle<SNES, SNESDestroy>;

}  // namespace scorefem::solver
