#include "solver/library_versions.h"

#include <deal.II/base/config.h>
#include <mpi.h>
#include <petscsys.h>

#include <Eigen/Core>
#include <array>

namespace scorefem::solver {
namespace {

/// The first part of what the MPI library says of itself: "Open MPI v4.1.4".
std::string mpi_version() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  MPI_Get_library_version(text.data(), &length);  // may be called before MPI_Init
  const std::string whole(text.data());
  return whole.substr(0, whole.find_first_of(",\n"));
}

std::string petsc_version() {
  PetscInt major = 0, minor = 0, subminor = 0, release = 0;
  if (PetscGetVersionNumber(&major, &minor, &subminor, &release) != 0) return "unknown";
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(subminor);
}

}  // namespace

std::vector<std::pair<std::string, std::string>> library_versions() {
  return {{"deal.II", DEAL_II_PACKAGE_VERSION},
          {"PETSc", petsc_version()},
          {"MPI", mpi_version()},
          {"Eigen", std::to_string(EIGEN_WORLD_VERSION) + "." + std::to_string(EIGEN_MAJOR_VERSION) + "." +
                        std::to_string(EIGEN_MINOR_VERSION)}};
}

}  // namespace scorefem::solver
