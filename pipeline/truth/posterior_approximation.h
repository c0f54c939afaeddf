#pragma once

#include <vector>

#include "pipeline/truth/latent_posterior.h"

namespace scorefem::truth {

/// N(mean, C), C = root root^T: maps a standard normal w to u = mean + root w.
struct GaussianApproximation {
  solver::Vector mean;          //!< [dimension]
  solver::Matrix root;          //!< [dimension, dimension]
  solver::Matrix inverse_root;  //!< [dimension, dimension]

  /// @param w [n, dimension]
  solver::Matrix from_standard(const solver::Matrix& w) const {
    return (w * root.transpose()).rowwise() + mean.transpose();
  }
  solver::Matrix to_standard(const solver::Matrix& u) const {
    return (u.rowwise() - mean.transpose()) * inverse_root.transpose();
  }
};

/// The Gaussian about each posterior's mode whose precision is I + J^T J / noise_std^2 (Laplace's
/// approximation with the Gauss-Newton Hessian); exact for a linear problem without clipping. The modes are
/// found by damped Gauss-Newton steps from the prior's mean, all in the same batches. Fluxes that are clipped
/// at the mode keep the width that the prior gives them once the others are known.
/// @param measurement [n, n_observations], concentration
std::vector<GaussianApproximation> laplace_approximations(const LatentPosterior& posterior,
                                                          const problem::Measurements& measurement);

/// The Gaussian with mean and covariance of draws, rows of all the matrices. What was known before counts as
/// much as `dimension` draws, so that a few do not leave directions out.
GaussianApproximation gaussian_fit(const std::vector<solver::Matrix>& draws,
                                   const GaussianApproximation& before);

}  // namespace scorefem::truth
