#include "solver/runtime.h"

#include <deal.II/base/mpi.h>
#include <omp.h>
#include <petscsys.h>

#include <stdexcept>
#include <string>

#include "solver/petsc_check.h"

namespace scorefem::solver {

class Runtime::Session {
 public:
  explicit Session(std::string program) : program_(std::move(program)) {
    const int n_threads = omp_get_max_threads();
    mpi_ = std::make_unique<dealii::Utilities::MPI::MPI_InitFinalize>(argc_, argv_, /*max_num_threads=*/1);
    omp_set_num_threads(n_threads);  // the limit is meant for deal.II's own tasks, not for the program's
    // Failures become exceptions (petsc_check), and signals stay the program's.
    petsc_check(PetscPushErrorHandler(PetscReturnErrorHandler, nullptr));
    petsc_check(PetscPopSignalHandler());
  }

 private:
  // PETSc would take the program's own arguments for its options: it is shown the name only.
  std::string program_;
  char* arguments_[2] = {program_.data(), nullptr};
  char** argv_ = arguments_;
  int argc_ = 1;
  std::unique_ptr<dealii::Utilities::MPI::MPI_InitFinalize> mpi_;
};

Runtime::Runtime(int& argc, char**& argv)
    : session_(std::make_unique<Session>(argc > 0 ? argv[0] : "scorefem")) {}

Runtime::~Runtime() = default;

int Runtime::rank() const {
  return static_cast<int>(dealii::Utilities::MPI::this_mpi_process(MPI_COMM_WORLD));
}

std::vector<std::string> Runtime::unused_options() const {
  PetscInt n = 0;
  char** names = nullptr;
  char** values = nullptr;
  petsc_check(PetscOptionsLeftGet(nullptr, &n, &names, &values));
  std::vector<std::string> unused;
  for (PetscInt i = 0; i < n; ++i) unused.push_back(std::string("-") + names[i]);
  petsc_check(PetscOptionsLeftRestore(nullptr, &n, &names, &values));
  return unused;
}

}  // namespace scorefem::solver
