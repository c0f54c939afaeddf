#pragma once

#include <string>

#include "diffusion/model/pairs.h"
#include "pipeline/dataset/dataset.h"
#include "pipeline/dataset/network_coordinates.h"
#include "pipeline/dataset/observation_encoding.h"
#include "pipeline/problem/noise.h"
#include "pipeline/study/study.h"

namespace scorefem::training {

/// The training part as the model learns it: unknowns in the network's coordinates, observations in the
/// noise's standard ones. A model of a clipped prior (ModelOptions::positive) learns the prior's draws before
/// the clipping and clips its samples: these are smooth, where the unknowns have kinks and a point mass at 0.
/// @param folder keeps them in a file there instead of memory; empty: in memory
/// @throws InputError if the unknowns are not those that seed and prior give, where these are needed
diffusion::Pairs training_pairs(const study::Study& study, const dataset::Dataset& dataset,
                                const problem::Noise& noise, const dataset::NetworkCoordinates& coordinates,
                                const dataset::ObservationEncoding& encoding, const std::string& folder = "");

}  // namespace scorefem::training
