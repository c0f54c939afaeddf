#pragma once

#include "solver/matrix.h"

namespace scorefem::base {

/// Mean and standard deviation of each component.
struct PosteriorMoments {
  solver::Matrix mean;                //!< [n, n_unknowns]
  solver::Matrix standard_deviation;  //!< [n, n_unknowns]
};

}  // namespace scorefem::base
