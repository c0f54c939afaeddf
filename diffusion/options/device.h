#pragma once

#include <torch/types.h>

#include "diffusion/options/training_options.h"

namespace scorefem::diffusion {

/// The LibTorch device of a choice; automatic: CUDA if there is a device that computes, with a warning
/// (numerics/warnings.h) if there is one that does not. Throws std::invalid_argument for cuda if
/// there is none.
torch::Device resolve_device(Device device);

}  // namespace scorefem::diffusion
