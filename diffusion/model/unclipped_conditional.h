#pragma once

#include <torch/types.h>

#include "diffusion/model/gaussian_conditional.h"

namespace scorefem::diffusion {

/// Linear fit of the noise-free measurement to the inferred vector x after its clipping: y = offset + max(0,
/// x) matrix + e. Float64 on the CPU.
struct ClippedResponse {
  torch::Tensor offset;    //!< [m]
  torch::Tensor matrix;    //!< [d, m]
  torch::Tensor residual;  //!< [m, m], covariance of e

  /// `pairs` with the inferred vector before its clipping.
  static ClippedResponse of(const PairRows& pairs);
};

/// What the posterior would be if the prior were not clipped: N(m0, C0) with m0 = E x + (y - offset - E x
/// matrix) gain, for n conditions (mask, noise level) at once, in the whitened coordinates w = (x - mu)
/// C^(-1/2) of a GaussianConditional. Where the posterior keeps away from 0 this is what it is, while C,
/// which is fitted to all pairs, is wider. Float64 on the CPU.
struct UnclippedConditional {
  torch::Tensor gain;      //!< [n, m, d], 0 for sensors that are off
  torch::Tensor rotation;  //!< [n, d, d] orthonormal columns u_i: C^(-1/2) C0 C^(-1/2) = sum_i v_i u_i u_i^T
  torch::Tensor whitened;  //!< [n, d, d] C^(-1/2) rotation
  torch::Tensor variance;  //!< [n, d] v_i > 0
  torch::Tensor stddev;    //!< [n, d] square root of the diagonal of C0

  /// `mask` [n, m] of 0 and 1, `noise_std` [n]; `conditional` of the same conditions.
  static UnclippedConditional of(const JointMoments& moments, const ClippedResponse& response,
                                 const GaussianConditional& conditional, const torch::Tensor& mask,
                                 const torch::Tensor& noise_std);
};

}  // namespace scorefem::diffusion
