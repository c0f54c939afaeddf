#pragma once

#include "diffusion/numerics/counter_random.h"
#include "solver/matrix.h"

namespace scorefem::calibration {

/// The quantity whose ranks make TARP, "tests of accuracy with random points" (Lemos et al. 2023): the
/// distance to a random point. The share of samples nearer to it than the truth is uniform under calibration
/// for every place of the point; all components enter, so that a posterior with the right margins but wrong
/// correlations shows. The point is standard normal in standardised coordinates.
/// @param values [n, n_unknowns]
/// @param mean,scale [n_unknowns] of the standardised coordinates (values - mean) / scale, scale > 0
/// @return [n, 1] squared distances
solver::Matrix squared_distance_to_reference(const solver::Matrix& values, const solver::Vector& mean,
                                             const solver::Vector& scale,
                                             const diffusion::CounterRandom& random, std::uint64_t index);

}  // namespace scorefem::calibration
