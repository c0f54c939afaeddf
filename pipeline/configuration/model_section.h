#pragma once

#include "diffusion/numerics/process.h"
#include "diffusion/options/sampler_options.h"
#include "diffusion/options/training_options.h"

namespace scorefem::configuration {

class Section;

// Descriptions of the diffusion library's options, for every kind of study.

void describe_process(Section& s, diffusion::ProcessOptions& process);
/// Epochs, batches, Adam and the averaging of the weights.
void describe_optimisation(Section& s, diffusion::TrainingOptions& training);
/// What only gaussian_residual has: weight decay, and which angles it is trained at.
void describe_residual_training(Section& s, diffusion::TrainingOptions& training);
/// Held-back pairs and early stopping.
void describe_validation(Section& s, diffusion::TrainingOptions& training);
/// How many pairs are in memory at a time.
void describe_window(Section& s, diffusion::TrainingOptions& training);
void describe_sampler(Section& s, diffusion::SamplerOptions& sampler);
void describe_device(Section& s, diffusion::Device& device);

/// @throws InputError if the device is cuda and there is none.
void require_device(diffusion::Device device);

}  // namespace scorefem::configuration
