#pragma once

#include <torch/types.h>

#include "diffusion/model/pairs.h"
#include "pipeline/dataset/dataset.h"

namespace scorefem::dataset {

/// A float64 CPU tensor [rows, columns] with a copy of the matrix.
torch::Tensor to_tensor(const solver::Matrix& matrix);
/// The other way round: a copy of a tensor [rows, columns] of any floating-point type.
solver::Matrix to_matrix(const torch::Tensor& tensor);

/// The samples that have a solution, as the diffusion library wants them.
diffusion::Pairs to_pairs(const SampleBlock& block);

/// Noisy measurements [n, n_sensors]: concentration + noise_std * noise; NaN where the sensor is off.
solver::Matrix noisy_measurements(const SampleBlock& block, double noise_std);

/// @param values [n, n_sensors], NaN where a sensor is off
diffusion::Measurements to_measurements(const solver::Matrix& values, double noise_std);

}  // namespace scorefem::dataset
