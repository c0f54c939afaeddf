#pragma once

namespace scorefem::solver {

/// Initialises MPI, PETSc and deal.II for the lifetime of the object, with one thread per rank; make one in main.
/// The options database of PETSc is filled from the environment variable PETSC_OPTIONS.
class Runtime {
 public:
  Runtime(int& argc, char**& argv);
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  int rank() const;
  int n_ranks() const;
};

}  // namespace scorefem::solver
