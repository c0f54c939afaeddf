#pragma once

#include <torch/types.h>

#include "diffusion/precision.h"

namespace scorefem::diffusion {

class Mlp;

/// Whether this processor can evaluate networks in bfloat16: with AVX-512.
bool has_bfloat16();

/// The network without gradients: `input` [rows, n_input], `parameters` [n_parameters], both float32,
/// contiguous, on the CPU; returns [rows, n_output], float32. Each OpenMP thread takes a range of rows
/// through all layers in pieces whose activations stay in its cache; bias and activation are part of oneDNN's
/// matrix products. A row's result does not depend on the number of threads. Throws std::invalid_argument for
/// bfloat16 where the processor lacks it, std::runtime_error if oneDNN fails.
torch::Tensor onednn_inference(const Mlp& mlp, const torch::Tensor& parameters, const torch::Tensor& input,
                               Precision precision);

}  // namespace scorefem::diffusion
