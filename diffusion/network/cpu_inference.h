#pragma once

#include <torch/types.h>

#include <cstdint>
#include <memory>

#include "diffusion/options/precision.h"

namespace scorefem::diffusion {

class Mlp;

/// Whether this processor can evaluate networks in bfloat16: with AVX-512.
bool has_bfloat16();

/// Consecutive columns of a network's input.
struct Columns {
  std::int64_t first = 0;
  std::int64_t count = 0;
};

/// What the first layer adds up before the moving columns, for each of n measurements, as CpuInference
/// evaluates it.
struct FirstLayerOffset {
  torch::Tensor sum;     //!< [n, width] in the network's own type, contiguous
  torch::Tensor broken;  //!< bool [n]: not finite
};

/// A network without gradients on the CPU, its weights packed once as oneDNN likes them; in a build without
/// oneDNN on LibTorch, in float32 alone. Columns of the input
/// that are fixed while the others move enter as what they add to the first layer. For any number of threads
/// at once.
class CpuInference {
 public:
  /// `parameters` [n_parameters] float32 on the CPU; must not change as long as this exists. Throws
  /// std::invalid_argument for bfloat16 where the processor lacks it, dnnl::error if oneDNN fails.
  CpuInference(const Mlp& mlp, const torch::Tensor& parameters, Precision precision,
               const Columns& fixed = {});
  ~CpuInference();
  CpuInference(const CpuInference&) = delete;
  CpuInference& operator=(const CpuInference&) = delete;

  /// For `features` [n, fixed.count] float32; the first layer's bias is included.
  FirstLayerOffset offset(const torch::Tensor& features) const;

  /// Outputs [rows, n_output] for the moving columns `input` [rows, n_input - fixed.count]; row i belongs to
  /// measurement row[i] of the offset (`row` int64 [rows]; not defined: all to the first). Both float32. The
  /// cost does not depend on the number of measurements. Each OpenMP thread
  /// takes a range of rows through all layers in pieces whose activations stay in its cache; bias and
  /// activation are part of oneDNN's matrix products. A row's result does not depend on the number of
  /// threads. Throws std::runtime_error if oneDNN fails.
  torch::Tensor operator()(const torch::Tensor& input, const FirstLayerOffset& offset,
                           const torch::Tensor& row = {}) const;

 private:
  class Network;
  std::unique_ptr<const Network> network_;
};

}  // namespace scorefem::diffusion
