#pragma once

#include <torch/types.h>

#include <vector>

#include "diffusion/model/gaussian_conditional.h"
#include "diffusion/model/unclipped_conditional.h"

namespace scorefem::diffusion {

/// Conditions (mask, noise level) with their Gaussian conditionals, float32 on the device unless said
/// otherwise.
struct Conditions {
  torch::Tensor mask;              //!< [n, m]
  torch::Tensor noise_std;         //!< [n] float64
  torch::Tensor log_noise;         //!< [n, 1]
  GaussianConditional gaussian;    //!< its gain in float64: without noise large terms cancel
  UnclippedConditional unclipped;  //!< with a clipped prior only; its gain in float64

  /// `mask` [n, m], `noise_std` [n]; `response`: of a clipped prior, else null.
  static Conditions of(const JointMoments& moments, const ClippedResponse* response,
                       const torch::Tensor& mask, const torch::Tensor& noise_std, torch::Device device);
};

/// What stays the same for a row while its state changes.
struct RowContext {
  torch::Tensor condition;  //!< [rows] index into the conditions
  torch::Tensor mean;       //!< [rows, d] mu(y), physical, float64
  torch::Tensor stddev;     //!< [rows, d] of C
  torch::Tensor features;   //!< [rows, n] inputs of the network that depend on the measurement only
  // With a clipped prior only, in the rotated coordinates of UnclippedConditional:
  torch::Tensor unclipped_mean;      //!< [rows, d] of w if nothing were clipped
  torch::Tensor unclipped_variance;  //!< [rows, d]
  torch::Tensor nearest;  //!< [rows, 1] least distance from 0 of what is not clipped, over its stddev

  /// The same for some of the rows: int64 [n], indices.
  RowContext select(const torch::Tensor& rows) const;
};

}  // namespace scorefem::diffusion
