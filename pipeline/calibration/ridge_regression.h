#pragma once

#include "solver/matrix.h"

namespace scorefem::calibration {

/// The matrix that a ridge regression solves with: of the features, [p, p], or of the rows, [n, n]. The
/// weights are the same to rounding.
enum class RidgeForm { smaller, features, rows };

/// Weights W [p, m] that minimise |X W - T|^2 + lambda |W|^2, with lambda the mean square norm of the columns
/// of X times `ridge`: (X' X + lambda)^-1 X' T = X' (X X' + lambda)^-1 T.
/// @param features X [n, p]
/// @param targets T [n, m]
/// @param form the smaller one needs min(n, p)^2 numbers beside X
solver::Matrix ridge_weights(const solver::Matrix& features, const solver::Matrix& targets, double ridge,
                             RidgeForm form = RidgeForm::smaller);

}  // namespace scorefem::calibration
