#pragma once

#include <cstdint>
#include <vector>

#include "pipeline/latent_posterior.h"
#include "pipeline/reference_file.h"
#include "pipeline/study.h"

namespace scorefem {

/// Draws from the exact posteriors of measurements by elliptical slice sampling (elliptical_slice.h), many
/// chains in parallel and those of all the measurements in one batch for the forward map. The ellipses belong
/// to a Student t about an approximation of each posterior: at first Laplace's, then the Gaussian with the
/// moments of the previous round's draws. After the warm-up each round is twice as long as the one before;
/// only the last one's draws count. Rounds follow until the diagnostics meet the thresholds.
/// @param measurement [n, n_sensors], concentration, NaN where a sensor is off
/// @param first number of the first measurement in the random number sequences; the result for a measurement
///        does not depend on the others, but for the forward map's rounding
std::vector<ReferencePosterior> sample_references(const LatentPosterior& posterior,
                                                  const solver::Matrix& measurement, std::uint64_t first,
                                                  const ReferenceOptions& options, std::uint64_t seed);

}  // namespace scorefem
