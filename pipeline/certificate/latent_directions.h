#pragma once

#include <string>

#include "pipeline/problem/prior.h"
#include "pipeline/study/study.h"

namespace scorefem::certificate {

/// Directions of the prior's Gaussian vector, orthonormal: wide ones, and narrow ones in which its standard
/// deviation is below 1e-4 of the largest. Narrow ones change no observation and no answer, but a network
/// cannot follow their densities.
struct LatentDirections {
  solver::Matrix wide;           //!< [n_unknowns, k]
  solver::Matrix narrow;         //!< [n_unknowns, n_unknowns - k]
  solver::Vector wide_variance;  //!< [k], the prior's
};
LatentDirections latent_directions(const problem::Prior& prior);

/// @param option that needs a density, e.g. "--density"
/// @throws base::InputError if the network learnt a clipped prior's unknowns after their clipping
void require_density(const study::Study& study, const problem::Prior& prior, const std::string& option);

}  // namespace scorefem::certificate
