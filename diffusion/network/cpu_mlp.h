#pragma once

#include <torch/types.h>

#include "diffusion/options/precision.h"

namespace scorefem::diffusion {

class Mlp;

/// The network on oneDNN: fast whatever BLAS the system has. Where a gradient is wanted it is data-parallel:
/// each OpenMP thread takes a range of rows through all layers, so that there is one synchronisation for the
/// forward and one for the backward pass, and sums its own gradient; these are added in the order of the
/// ranges, so the result is bit-identical for the same threads_asked_for(), however many there are. CPU,
/// float32, shapes as Mlp::operator(). `precision` is that of an evaluation without gradient
/// (cpu_inference.h).
torch::Tensor cpu_mlp(const Mlp& mlp, const torch::Tensor& parameters, const torch::Tensor& input,
                      Precision precision);

}  // namespace scorefem::diffusion
