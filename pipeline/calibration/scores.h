#pragma once

#include "solver/matrix.h"

namespace scorefem::calibration {

/// Proper scores of samples against what came true, smaller is better (Gneiting and Raftery, "Strictly proper
/// scoring rules, prediction, and estimation", 2007). Both are the estimates without bias in the number of
/// samples (Ferro 2014), and throw InputError for values that are not finite.

/// Continuous ranked probability score of each component, E|X - x| - E|X - X'| / 2, in O(n log n).
/// @param samples [n, n_unknowns], n >= 2
/// @param truth [n_unknowns]
/// @return [n_unknowns], unit of the samples
solver::Vector crps(const solver::Matrix& samples, const solver::Vector& truth);

/// Energy score E||X - x|| - E||X - X'|| / 2 of the whole vector. The second mean runs over `n_shifts` n
/// pairs of samples, which lie equal distances apart in their order, instead of all n (n - 1) / 2.
/// @param scale [n_unknowns] > 0, the unit of each component; n >= 2
double energy_score(const solver::Matrix& samples, const solver::Vector& truth, const solver::Vector& scale,
                    Eigen::Index n_shifts = 16);

}  // namespace scorefem::calibration
