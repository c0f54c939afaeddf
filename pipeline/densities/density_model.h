#pragma once

#include "pipeline/densities/density_reference.h"
#include "solver/matrix.h"

namespace scorefem::densities {

/// Trains a model of one density, or keeps the one in OUTPUT/models; a training that was stopped goes on.
/// @throws InputError for a checkpoint that cannot be read; Interrupted after a signal, with the work saved.
void train_density_model(const DensityContext& context, const DensityCell& cell);

/// Samples of a trained model at every conditioning value with both samplers, kept in OUTPUT/samples, and
/// their costs.
/// @return transport cost to the reference [n_samplers, n_conditioning], from the file if that is up to date
/// @throws Interrupted after a signal; samples that are not whole are not kept.
solver::Matrix sample_density_model(const DensityContext& context, const DensityCell& cell,
                                    const DensityReference& reference);

}  // namespace scorefem::densities
