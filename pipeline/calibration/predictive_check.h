#pragma once

#include "pipeline/problem/noise.h"
#include "solver/matrix.h"

namespace scorefem::calibration {

/// Squared residuals of predicted measurements in units of the noise, summed over the observations that are
/// there: for additive noise minus twice the logarithm of the likelihood but for a constant. Under
/// calibration the truth's value has a uniform rank among those of the posterior samples (Modrak et al.
/// 2023), and each has mean 1 for each observation.
/// @param predicted [n, n_observations], noise-free; a row that is not finite, as of a solution that was not
/// found, has the value infinity
/// @param measurement [1, n_observations]
/// @param noise with a likelihood
/// @return [n, 1]
solver::Matrix chi_squared(const solver::Matrix& predicted, const problem::Measurements& measurement,
                           const problem::Noise& noise);

/// Posterior predictive p-value of chi_squared(): the mean over samples of the probability that fresh noise
/// gives a larger value. P(p <= a) <= 2 a for every model that is right (Meng 1994).
/// @param values [n, 1] of chi_squared()
/// @param n_observations that are there, >= 1
double predictive_p_value(const solver::Matrix& values, Eigen::Index n_observations);

}  // namespace scorefem::calibration
