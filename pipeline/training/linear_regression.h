#pragma once

#include "diffusion/training/training.h"
#include "solver/matrix.h"

namespace scorefem::training {

/// Standard deviations, [n_unknowns] each.
struct RegressionWidths {
  solver::Vector all;        //!< of the unknowns
  solver::Vector left_over;  //!< of what a linear regression on the observations leaves of them, of few pairs
                             //!< (diffusion::are_few_pairs()) what one leaves that was made without them
};

/// @param pairs at least two
RegressionWidths regression_widths(const diffusion::Pairs& pairs);

}  // namespace scorefem::training
