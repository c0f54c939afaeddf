#pragma once

#include "solver/matrix.h"

namespace scorefem::truth {

/// Mean and standard deviation of each component.
struct PosteriorMoments {
  solver::Matrix mean;                //!< [n, n_segments]
  solver::Matrix standard_deviation;  //!< [n, n_segments]
};

/// The exact posterior of x ~ N(mean, K) given y = G x + noise_std * n, n ~ N(0, I), in closed form: the
/// prior before it is clipped at 0. Noise 0 is allowed (pseudo-inverse).
/// @param covariance K [n_segments, n_segments]
/// @param response G [n_sensors, n_segments]
/// @param measurement y [n, n_sensors], NaN where a sensor is off
PosteriorMoments gaussian_posterior(double prior_mean, const solver::Matrix& covariance,
                                    const solver::Matrix& response, const solver::Matrix& measurement,
                                    double noise_std);

}  // namespace scorefem::truth
