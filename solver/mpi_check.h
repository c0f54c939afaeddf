#pragma once

#include <mpi.h>

#include <stdexcept>
#include <string>

namespace scorefem::solver {

/// Throws std::runtime_error "MPI cannot <action>" with MPI's own words if an MPI call failed. Only where the
/// communicator's error handler returns: that of MPI_COMM_WORLD ends the program instead, which the libraries
/// that check no return codes rely on.
inline void mpi_check(int result, const std::string& action) {
  if (result == MPI_SUCCESS) return;
  char reason[MPI_MAX_ERROR_STRING] = "unknown error";
  int length = 0;
  MPI_Error_string(result, reason, &length);
  throw std::runtime_error("MPI cannot " + action + ": " + reason);
}

}  // namespace scorefem::solver
