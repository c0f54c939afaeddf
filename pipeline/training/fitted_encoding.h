#pragma once

#include "pipeline/dataset/dataset.h"
#include "pipeline/dataset/observation_encoding.h"
#include "pipeline/problem/noise.h"
#include "pipeline/study/study.h"

namespace scorefem::training {

/// How measurements reach the network: dataset::observation_encoding(), and where the noise is the
/// simulator's own the curve of each observation if these help. They do if a linear regression on the
/// observations that they bend leaves less of the unknowns than one on the observations as they are (the
/// product of the standard deviations, of the first 20,000 training samples): the network starts from the
/// Gaussian conditional, which is that regression.
/// @throws base::InputError as Dataset::read()
dataset::ObservationEncoding fitted_encoding(const study::Study& study, const dataset::Dataset& dataset,
                                             const problem::Noise& noise);

}  // namespace scorefem::training
