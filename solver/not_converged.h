#pragma once

#include <stdexcept>

namespace scorefem::solver {

/// An iteration's verdict that it found no solution, which all ranks that share the problem reach together.
/// Whatever else goes wrong (memory, PETSc, MPI) says nothing about the sample and has other types.
class NotConverged : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace scorefem::solver
