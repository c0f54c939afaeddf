#pragma once

#include "solver/matrix.h"

namespace scorefem::truth {

/// Whether Markov chains agree, and how many independent draws theirs are worth.
struct ChainDiagnostics {
  double rhat;      //!< rank-normalised split R-hat, the greater of that of the draws and of the folded draws
  double ess_bulk;  //!< effective sample size of the rank-normalised draws: for means
  double ess_tail;  //!< the lesser of the effective sample sizes for the 5 % and 95 % quantiles
};

/// The diagnostics of one quantity (Vehtari, Gelman, Simpson, Carpenter and Buerkner, "Rank-normalization,
/// folding, and localization: an improved R-hat", Bayesian Analysis 16, 2021). A quantity that never changes
/// has R-hat 1 and as many effective draws as draws; one that is not finite has an infinite R-hat and none.
/// @param draws [n_iterations, n_chains], n_iterations >= 8
ChainDiagnostics diagnose_chains(const Eigen::MatrixXd& draws);

}  // namespace scorefem::truth
