#pragma once

#include "solver/matrix.h"

namespace scorefem::calibration {

/// Squared residuals of predicted measurements in units of the noise, summed over the sensors that are on:
/// minus twice the logarithm of the likelihood but for a constant. Under calibration the truth's value has a
/// uniform rank among those of the posterior samples (Modrak et al. 2023), and each has mean 1 for each
/// sensor.
/// @param predicted [n, n_sensors], noise-free; a row that is not finite, as of a solution that was not
/// found, has the value infinity
/// @param measurement [n_sensors], NaN where a sensor is off
/// @param noise_std > 0
/// @return [n, 1]
solver::Matrix chi_squared(const solver::Matrix& predicted, const solver::Vector& measurement,
                           double noise_std);

/// Number of sensors that are on: those whose value is not NaN.
Eigen::Index n_on(const solver::Vector& measurement);

/// Posterior predictive p-value of chi_squared(): the mean over samples of the probability that fresh noise
/// gives a larger value. P(p <= a) <= 2 a for every model that is right (Meng 1994).
/// @param values [n, 1] of chi_squared()
/// @param n_sensors that are on, >= 1
double predictive_p_value(const solver::Matrix& values, Eigen::Index n_sensors);

}  // namespace scorefem::calibration
