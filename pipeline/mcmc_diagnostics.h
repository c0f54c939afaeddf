#pragma once

#include "solver/matrix.h"

namespace scorefem {

/// Diagnostics of Markov chains (Vehtari, Gelman, Simpson, Carpenter and Buerkner, "Rank-normalization,
/// folding, and localization: an improved R-hat", Bayesian Analysis 16, 2021), for one quantity.
/// @param draws [n_iterations, n_chains], n_iterations >= 8
/// A quantity that never changes has R-hat 1 and as many effective draws as draws.

/// Rank-normalised split R-hat: the greater of that of the draws and that of their distances to the median.
double rank_normalised_rhat(const Eigen::MatrixXd& draws);
/// Effective sample size of the split, rank-normalised draws: for the bulk, such as means.
double bulk_effective_sample_size(const Eigen::MatrixXd& draws);
/// The lesser of the effective sample sizes for the 5 % and 95 % quantiles.
double tail_effective_sample_size(const Eigen::MatrixXd& draws);

}  // namespace scorefem
