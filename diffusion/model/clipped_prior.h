#pragma once

#include <torch/types.h>

#include "diffusion/model/conditions.h"
#include "diffusion/model/trainable_model.h"

namespace scorefem::diffusion {

/// What gaussian_residual knows besides its Gaussian if the prior is clipped at 0: the Gaussian that the
/// posterior is where it keeps away from 0, narrower than C by far in some directions, as C is fitted to all
/// pairs. Its flow is an input of the network, and its weight an output.
class ClippedPrior {
 public:
  ClippedPrior(ClippedResponse response, const JointMoments& moments, torch::Device device);
  /// From the buffers of a checkpoint. Throws std::invalid_argument if they don't fit.
  static ClippedPrior from(const ModelSetup& setup, const NamedTensors& buffers, const JointMoments& moments,
                           torch::Device device);

  const ClippedResponse& response() const { return response_; }
  void add_buffers(NamedTensors& buffers) const;

  /// Completes a context. `deviation` [rows, m] float64: from the mean measurement.
  void add(const Conditions& conditions, const torch::Tensor& deviation, RowContext& context) const;
  /// F [rows, d] if nothing were clipped. `rotated` [rows, d]: w times the condition's rotation.
  static torch::Tensor flow(const Conditions& conditions, const RowContext& context,
                            const torch::Tensor& rotated, const torch::Tensor& cosine,
                            const torch::Tensor& sine);
  /// How far `estimate` is from the value that the prior clips at, over `spread`, as far as the network sees.
  static torch::Tensor distance(const torch::Tensor& estimate, const torch::Tensor& spread);
  /// Rows [rows, 1] whose posterior is nearly the one without clipping.
  static torch::Tensor keeps_away(const RowContext& context);

 private:
  ClippedResponse response_;       // on the CPU
  torch::Tensor mean_inferred_;    // [d] float64 on the device
  torch::Tensor stddev_inferred_;  // [d] float32 on the device
  // [m] float64 on the device: from what the mean measurement would be without clipping to what it is.
  torch::Tensor shift_;
};

/// The tensor of that name and shape. Throws std::invalid_argument if it is not there.
torch::Tensor find_buffer(const NamedTensors& buffers, const std::string& name, torch::IntArrayRef sizes);

}  // namespace scorefem::diffusion
