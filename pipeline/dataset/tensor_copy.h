#pragma once

#include <torch/types.h>

#include "diffusion/model/pairs.h"
#include "pipeline/dataset/dataset_arrays.h"
#include "pipeline/dataset/observation_encoding.h"
#include "pipeline/problem/noise.h"

namespace scorefem::dataset {

/// A float64 CPU tensor [rows, columns] with a copy of the matrix.
torch::Tensor to_tensor(const solver::Matrix& matrix);
/// The other way round: a copy of a tensor [rows, columns] of any floating-point type.
solver::Matrix to_matrix(const torch::Tensor& tensor);

/// Observations with noise, of which those are there that the masks say.
problem::Measurements measurements(const SampleBlock& block, const problem::Noise& noise);

/// Pairs as the diffusion library wants them: observations in the noise's standard coordinates, with the
/// noise already in them where it is not additive, or where observations are encoded. Samples without a
/// solution are left out.
diffusion::Pairs to_pairs(const SampleBlock& block, const problem::Noise& noise,
                          const ObservationEncoding& encoding);

/// Level of the noise that pairs and measurements do not hold yet, in standard coordinates.
double added_level(const problem::Noise& noise, const ObservationEncoding& encoding);
/// What the network sees of measurements, in the noise's standard coordinates; where they are encoded, all of
/// that is there.
problem::Measurements seen_values(const problem::Measurements& measurements, const problem::Noise& noise,
                                  const ObservationEncoding& encoding);
/// Measurements as the diffusion library wants them.
diffusion::Measurements to_measurements(const problem::Measurements& measurements,
                                        const problem::Noise& noise, const ObservationEncoding& encoding);
/// The same of what seen_values() gives.
diffusion::Measurements to_measurements(const problem::Measurements& seen, double level);

}  // namespace scorefem::dataset
