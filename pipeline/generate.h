#pragma once

#include "pipeline/dataset.h"
#include "pipeline/flux_prior.h"
#include "pipeline/stage.h"

namespace scorefem {

/// Draws samples `first`, ..., `first + n - 1` of a split and solves the forward problem for them; each
/// sample depends on the study's seed, the split and its index alone.
SampleBlock draw_samples(const Study& study, const FluxPrior& prior, solver::ForwardModel& model, Split split,
                         Eigen::Index first, Eigen::Index n);

/// Stage 1: configuration -> dataset.h5 (see dataset_format.md).
void generate(const StageContext& context);

}  // namespace scorefem
