#pragma once

#include <torch/types.h>

namespace scorefem::diffusion {

/// Joint samples that a model is trained on: CPU tensors, float32 or float64, in physical units, contiguous.
struct Pairs {
  torch::Tensor inferred;  //!< [n, n_inferred] the vector to infer
  torch::Tensor measured;  //!< [n, n_measured] noise-free measurements
  torch::Tensor noise;     //!< [n, n_measured] standard normal; scaled by the noise level when used
  torch::Tensor mask;      //!< [n, n_measured] 1 where the sensor is on, 0 where it is off

  std::int64_t size() const { return inferred.size(0); }
  /// Throws std::invalid_argument: empty, shapes that disagree, NaN or infinity, a constant column.
  void validate() const;
};

/// Measurements to be inverted: CPU tensors, physical units.
struct Measurements {
  torch::Tensor values;     //!< [n, n_measured] noisy; ignored (NaN allowed) where the mask is 0
  torch::Tensor mask;       //!< [n, n_measured] 1 on, 0 off
  torch::Tensor noise_std;  //!< [n] standard deviation of the noise of each measurement, same unit as values

  std::int64_t size() const { return values.size(0); }
  /// Throws std::invalid_argument: empty, shapes that disagree, a value that is not finite where the sensor
  /// is on.
  void validate() const;
};

}  // namespace scorefem::diffusion
