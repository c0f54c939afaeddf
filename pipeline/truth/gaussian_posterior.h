#pragma once

#include "pipeline/base/posterior_moments.h"
#include "pipeline/problem/measurements.h"
#include "solver/matrix.h"

namespace scorefem::truth {

/// The exact posterior of x ~ N(mean, K) given y = G x + noise_std * n, n ~ N(0, I), in closed form: the
/// prior before it is clipped at 0. Noise 0 is allowed (pseudo-inverse). All in the noise's standard
/// coordinates.
/// @param prior_mean [n_unknowns]
/// @param covariance K [n_unknowns, n_unknowns]
/// @param response G [n_observations, n_unknowns]
/// @param measurement y [n, n_observations]
base::PosteriorMoments gaussian_posterior(const solver::Vector& prior_mean, const solver::Matrix& covariance,
                                          const solver::Matrix& response,
                                          const problem::Measurements& measurement, double noise_std);

}  // namespace scorefem::truth
