#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "pipeline/study/study.h"
#include "pipeline/truth/latent_posterior.h"
#include "pipeline/truth/reference_file.h"

namespace scorefem::truth {

/// Takes the posterior of a measurement, the moment it is finished.
using TakePosterior = std::function<void(Eigen::Index row, const ReferencePosterior& posterior)>;

/// Draws from the exact posteriors of measurements by elliptical slice sampling (elliptical_slice.h), many
/// chains for each. The chains of all the measurements under way put one proposal each into the same batch
/// for the forward map; where a measurement is finished, the next one takes its place.
///
/// The ellipses belong to a Student t about an approximation of the posterior: at first Laplace's, then the
/// Gaussian with the moments of the last draws. It is adapted in the rounds of the warm-up, and again after a
/// round that shows chains which have not met. With the approximation fixed, further rounds add to the draws
/// until the diagnostics meet the thresholds or max_iterations does not allow another round.
/// @param measurement [n, n_observations]
/// @param rows of the measurements to be treated, in this order; a row is its measurement's number in the
///        random number sequences: the result for it does not depend on the others, but for the forward map's
///        rounding
/// @param take called once for each row
void sample_references(const LatentPosterior& posterior, const problem::Measurements& measurement,
                       const std::vector<Eigen::Index>& rows, const study::ReferenceOptions& options,
                       std::uint64_t seed, const TakePosterior& take);

/// Whether sample_references() with these options would leave a posterior as it is: it has converged, or
/// another round is not allowed.
bool is_final(const ReferencePosterior& posterior, const study::ReferenceOptions& options);

}  // namespace scorefem::truth
