#pragma once

#include <cstdint>

#include "diffusion/options/training_options.h"

namespace scorefem::diffusion {

/// Learning rate after `step` of `total_steps`.
double learning_rate(const TrainingOptions& options, std::int64_t step, std::int64_t total_steps);

/// What the average of the weights keeps of itself in step `step`, counted from 1: a short memory at first,
/// so that the initial weights are soon forgotten.
double averaging_decay(const TrainingOptions& options, std::int64_t step);

}  // namespace scorefem::diffusion
