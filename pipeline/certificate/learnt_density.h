#pragma once

#include <string>
#include <vector>

#include "diffusion/model/model.h"
#include "pipeline/dataset/network_coordinates.h"
#include "pipeline/dataset/observation_encoding.h"
#include "pipeline/problem/noise.h"
#include "pipeline/study/study.h"

namespace scorefem::certificate {

/// Unknowns whose density is asked for.
struct DensityQuestion {
  solver::Matrix unknowns;   //!< [n, n_unknowns]
  solver::Matrix learnt;     //!< [n, n_unknowns] in the coordinates that the network learnt
  solver::Vector log_slope;  //!< [n] logarithm of the volume that the map to these makes of a unit volume

  /// Directions in which the prior's standard deviation is below 1e-4 of the largest are set to the prior's
  /// mean: six digits of a CSV do not determine them.
  /// @param path of the file that they are from, for messages
  /// @throws base::InputError for unknowns outside the prior's bounds, or a network that learnt clipped
  /// values
  static DensityQuestion of(const study::Study& study, const dataset::NetworkCoordinates& coordinates,
                            solver::Matrix unknowns, const std::string& path);
};

/// Learnt posterior densities.
struct LearntDensity {
  solver::Matrix log_density;         //!< [n measurements, n vectors]
  std::vector<Eigen::Index> inexact;  //!< measurements whose densities may be off by more than 0.01
};

/// Logarithm of the learnt posterior density of given unknowns: that of the network's flow, with the Jacobian
/// of the maps between its coordinates and the unknowns.
///
/// Of a clipped prior this is the density before the clipping, which is smooth: an unknown that is below 0
/// stands for itself there, and an unknown at 0 has no density of its own.
/// @param measurement [n, n_observations]
LearntDensity learnt_log_density(const diffusion::Model& model, const problem::Measurements& measurement,
                                 const problem::Noise& noise, const dataset::ObservationEncoding& encoding,
                                 const DensityQuestion& question);

/// The group /density of posterior_format.md.
void write_densities(const std::string& path, const solver::Matrix& unknowns, const LearntDensity& density);

}  // namespace scorefem::certificate
