#pragma once

#include <stdexcept>
#include <string>

namespace scorefem::solver {

/// An iteration's verdict that it found no solution, which all ranks that share the problem reach together.
/// Whatever else goes wrong (memory, PETSc, MPI) says nothing about the sample and has other types.
class NotConverged : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// For the end of a message: how an iteration that came to its limit is given more.
/// @param option PETSc's, with the solver's prefix
inline std::string more_iterations(const std::string& option) {
  return "; PETSC_OPTIONS='-" + option + " N' allows more iterations";
}

}  // namespace scorefem::solver
