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

/// Measurements [n, n_observations]: observations with noise; NaN where one is not there.
solver::Matrix measurements(const SampleBlock& block, const problem::Noise& noise);

/// Pairs as the diffusion library wants them: observations in the noise's standard coordinates, with the
/// noise already in them where it is not additive, or where observations are encoded. Samples without a
/// solution are left out.
diffusion::Pairs to_pairs(const SampleBlock& block, const problem::Noise& noise,
                          const ObservationEncoding& encoding);

/// Level of the noise that pairs and measurements do not hold yet, in standard coordinates.
double added_level(const problem::Noise& noise, const ObservationEncoding& encoding);
/// What the network sees of measurements, in the noise's standard coordinates; NaN where one is not there,
/// unless they are encoded.
/// @param values [n, n_observations], NaN where one is not there
solver::Matrix seen_values(const solver::Matrix& values, const problem::Noise& noise,
                           const ObservationEncoding& encoding);
/// Measurements as the diffusion library wants them.
/// @param values [n, n_observations], NaN where one is not there
diffusion::Measurements to_measurements(const solver::Matrix& values, const problem::Noise& noise,
                                        const ObservationEncoding& encoding);
/// The same with values that are in standard coordinates already.
diffusion::Measurements to_measurements(const solver::Matrix& values, double level);

}  // namespace scorefem::dataset
