#pragma once

#include <cstdint>

#include "pipeline/problem/measurements.h"

namespace scorefem::posterior {

/// Seed of the random numbers for measurements: of a seed and of all that is in them, so that equal input
/// gives equal output, and samples for other measurements, in calls of their own, are independent.
/// @param measurement [n, n_observations]
std::uint64_t content_seed(std::uint64_t seed, const problem::Measurements& measurement);

}  // namespace scorefem::posterior
