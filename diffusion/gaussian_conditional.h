#pragma once

#include <torch/types.h>

namespace scorefem::diffusion {

/// Mean and covariance of the joint distribution of (inferred, noise-free measured), float64 on the CPU.
struct JointMoments {
  torch::Tensor mean_inferred;  //!< [d]
  torch::Tensor mean_measured;  //!< [m]
  torch::Tensor covariance;     //!< [d + m, d + m], inferred first

  static JointMoments of(const torch::Tensor& inferred, const torch::Tensor& measured);
};

/// The joint Gaussian conditioned on noisy measurements, for n conditions (mask, noise level) at once: mean
/// mu = E x + (y - E y) gain, covariance C. Sensors that are off have a gain of 0. Float64 on the CPU.
struct GaussianConditional {
  torch::Tensor gain;          //!< [n, m, d]
  torch::Tensor root;          //!< [n, d, d] symmetric square root of C
  torch::Tensor inverse_root;  //!< [n, d, d] its inverse
  torch::Tensor stddev;        //!< [n, d] square root of the diagonal of C

  /// `mask` [n, m] of 0 and 1, `noise_std` [n].
  static GaussianConditional of(const JointMoments& moments, const torch::Tensor& mask,
                                const torch::Tensor& noise_std);
};

}  // namespace scorefem::diffusion
