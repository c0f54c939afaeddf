#pragma once

#include <torch/types.h>

#include <functional>

#include "diffusion/pairs.h"
#include "pipeline/dataset.h"

namespace scorefem {

/// A float64 CPU tensor [rows, columns] with a copy of the matrix.
torch::Tensor to_tensor(const solver::Matrix& matrix);
/// The other way round: a copy of a tensor [rows, columns] of any floating-point type.
solver::Matrix to_matrix(const torch::Tensor& tensor);

/// The training samples that have a solution, as the diffusion library wants them: read block by block, so
/// that nothing is held twice. Their identity is that of all that is read, as it is stored.
/// @param adjust what is learnt of each block of rows, if it is not what is stored
diffusion::Pairs read_training_pairs(
    const Dataset& dataset, const std::function<void(RowRange rows, SampleBlock& block)>& adjust = {});

/// Noisy measurements [n, n_sensors]: concentration + noise_std * noise; NaN where the sensor is off.
solver::Matrix noisy_measurements(const SampleBlock& block, double noise_std);

/// @param values [n, n_sensors], NaN where a sensor is off
diffusion::Measurements to_measurements(const solver::Matrix& values, double noise_std);

}  // namespace scorefem
