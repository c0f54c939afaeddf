#pragma once

#include <string>

#include "diffusion/model/model.h"
#include "pipeline/dataset/network_coordinates.h"
#include "pipeline/dataset/observation_encoding.h"
#include "pipeline/problem/noise.h"
#include "pipeline/study/study.h"

namespace scorefem::certificate {

/// Logarithm of the learnt posterior density of given unknowns, [n measurements, n vectors]: that of the
/// network's flow, with the Jacobian of the maps between its coordinates and the unknowns.
///
/// Of a clipped prior this is the density before the clipping, which is smooth: an unknown that is below 0
/// stands for itself there, and an unknown at 0 has no density of its own. Directions in which the prior's
/// standard deviation is below 1e-4 of the largest are set to the prior's mean first: six digits of a CSV do
/// not determine them.
/// @param measurement [n, n_observations]
/// @param coordinates that the network learnt the unknowns in
/// @param unknowns [n, n_unknowns]
/// @throws base::InputError for unknowns outside the prior's bounds, or a network that learnt clipped values
solver::Matrix learnt_log_density(const study::Study& study, const diffusion::Model& model,
                                  const problem::Measurements& measurement, const problem::Noise& noise,
                                  const dataset::ObservationEncoding& encoding,
                                  const dataset::NetworkCoordinates& coordinates,
                                  const solver::Matrix& unknowns);

/// The group /density of posterior_format.md.
/// @param density as learnt_log_density() gives it
void write_densities(const std::string& path, const solver::Matrix& unknowns, const solver::Matrix& density);

}  // namespace scorefem::certificate
