#pragma once

#include <memory>
#include <string>
#include <vector>

namespace scorefem::solver {

/// Initialises MPI, PETSc and deal.II for the lifetime of the object; make exactly one, in main.
/// deal.II's own tasks run in one thread; the OpenMP thread count is left as it was. PETSc's options database
/// is filled from the environment variable PETSC_OPTIONS (not from the command line), and PETSc installs no
/// signal handlers.
class Runtime {
 public:
  /// @throws std::runtime_error if PETSc cannot be initialised.
  Runtime(int& argc, char**& argv);
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  int rank() const;
  /// Names of the options in PETSc's database that nothing has asked for so far, e.g. "-ksp_type".
  std::vector<std::string> unused_options() const;

 private:
  class Session;
  std::unique_ptr<Session> session_;
};

}  // namespace scorefem::solver
