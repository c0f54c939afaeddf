#pragma once

#include <cstdint>

#include "solver/matrix.h"

namespace scorefem::calibration {

/// Directions [n_unknowns, n], each of length 1, uniform on the sphere.
solver::Matrix random_directions(Eigen::Index n_unknowns, Eigen::Index n, std::uint64_t seed);

/// Sliced Wasserstein distance of order 1 between two sets of samples of equal size (Rabin et al. 2012;
/// Bonneel et al. 2015): the mean over directions of the transport cost between the projections, which
/// sorting solves. Not 0 for two sets of one distribution: compare with that floor.
/// @param first,second [n, n_unknowns]
/// @param directions [n_unknowns, n_directions]
double sliced_transport(const solver::Matrix& first, const solver::Matrix& second,
                        const solver::Matrix& directions);

}  // namespace scorefem::calibration
