#pragma once

#include <string>

#include "pipeline/problem/layout.h"
#include "solver/matrix.h"

namespace scorefem::report {

/// What the numbers of unknowns of several units are divided by before they are averaged.
struct UnknownScales {
  solver::Vector mean_size;  //!< [n_unknowns] mean absolute value of all unknowns of the same unit
  solver::Vector unit;       //!< [n_unknowns] 1 if all are of one unit, else their prior standard deviation
  std::string unit_name;     //!< of the averages: the unknowns' own if it is one, else "prior sd"
};

/// @param values [n, n_unknowns] the unknowns of the test set
/// @param prior_std [n_unknowns] > 0
UnknownScales unknown_scales(const problem::Layout& unknowns, const solver::Matrix& values,
                             const solver::Vector& prior_std);

}  // namespace scorefem::report
