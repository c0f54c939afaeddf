#pragma once

#include <memory>

#include "diffusion/model/trainable_model.h"

namespace scorefem::diffusion {

/// A model for the training part `pairs`, with the noise level(s) of `setup`; no weights yet.
std::unique_ptr<TrainableModel> make_model(const ModelSetup& setup, const PairRows& pairs,
                                           torch::Device device);
/// A model from the buffers of a checkpoint; no weights yet. Throws std::invalid_argument if they don't fit.
std::unique_ptr<TrainableModel> make_model(const ModelSetup& setup, const NamedTensors& buffers,
                                           torch::Device device);

}  // namespace scorefem::diffusion
