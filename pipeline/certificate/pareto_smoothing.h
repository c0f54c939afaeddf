#pragma once

#include "solver/matrix.h"

namespace scorefem::certificate {

/// Importance weights whose upper tail was smoothed.
struct SmoothedWeights {
  solver::Vector weights;  //!< [n], sum 1
  double khat;             //!< shape of the tail; infinity if there are too few weights to tell
  double effective;        //!< 1 / sum of squares: independent draws that the weighted ones are worth
};

/// Trustworthy below: the estimates then converge at a practical rate.
constexpr double kLargestKhat = 0.7;

/// Pareto-smoothed importance sampling (Vehtari, Simpson, Gelman, Yao and Gabry, JMLR 25, 2024): the largest
/// min(n / 5, 3 sqrt(n)) weights are replaced by quantiles of the generalised Pareto distribution that is
/// fitted to them, none above the largest raw one.
/// @param log_weights [n], up to a constant; -infinity is a weight of 0
/// @throws std::invalid_argument for NaN, +infinity, or if all are -infinity
SmoothedWeights smoothed_weights(const solver::Vector& log_weights);

/// The generalised Pareto distribution with P(X > x) = (1 + k x / sigma)^(-1/k).
struct ParetoTail {
  double k;
  double sigma;
  double quantile(double probability) const;
};
/// Fitted by the profile's posterior mean (Zhang and Stephens, Technometrics 51, 2009), k drawn a little
/// towards 1/2 as ten more observations would.
/// @param x ascending, >= 0, at least 5, not all 0
ParetoTail fit_pareto(const solver::Vector& x);

}  // namespace scorefem::certificate
