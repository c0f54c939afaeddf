#pragma once

#include "pipeline/dataset/dataset.h"
#include "pipeline/dataset/network_coordinates.h"
#include "pipeline/dataset/observation_encoding.h"
#include "pipeline/problem/noise.h"
#include "pipeline/study/study.h"

namespace scorefem::training {

/// The coordinates in which a network learns the unknowns. Where no prior says how unknowns between two
/// bounds are distributed, a map that is nearly the identity but for values that are within a typical
/// posterior width of a bound (Marginal::Kind::bounded): posteriors that keep away from the bounds stay what
/// they are, and keep the same shape wherever they are. That width is what a linear regression on the
/// observations leaves over, of the first 100,000 training samples. An unknown of which it leaves more than
/// half of the standard deviation has posteriors that reach the bounds anyway: it is learnt by the map that
/// makes a uniform number of a normal one (Marginal::Kind::uniform).
/// @throws base::InputError as Dataset::read()
dataset::NetworkCoordinates fitted_coordinates(const study::Study& study, const dataset::Dataset& dataset,
                                               const problem::Noise& noise,
                                               const dataset::ObservationEncoding& encoding);

}  // namespace scorefem::training
