#pragma once

#include <torch/types.h>

#include "diffusion/model/pairs.h"
#include "diffusion/options/model_options.h"

namespace scorefem::diffusion {

/// Mean and covariance of the joint distribution of the inferred vector and the features of the noise-free
/// measurement that its conditional mean is linear in: the measurement itself, centred, or with
/// Centre::quadratic the centred measurement followed by its pairwise products y_i y_j, i <= j, centred too.
/// Float64, on the CPU but for features().
struct JointMoments {
  torch::Tensor mean_inferred;  //!< [d]
  torch::Tensor mean_measured;  //!< [m]
  torch::Tensor covariance;     //!< [d + f, d + f], inferred first; f = m, or m + m (m + 1) / 2

  static JointMoments of(const PairRows& pairs, Centre centre = Centre::linear);
  static std::int64_t n_features(std::int64_t n_measured, Centre centre);

  Centre centre() const;
  JointMoments to(torch::Device device) const;
  /// Covariance of the noise-free measurement [m, m].
  torch::Tensor measured_covariance() const;
  /// Features of noisy measurements minus their mean under that noise, 0 where a sensor is off. `noisy`
  /// [rows, m], `mask` [rows, m], `noise_std` [rows], which Centre::linear does not need; returns [rows, f],
  /// float64. All on the device of the moments.
  torch::Tensor features(const torch::Tensor& noisy, const torch::Tensor& mask,
                         const torch::Tensor& noise_std) const;
};

/// The joint Gaussian of inferred vector and features conditioned on noisy measurements, for n conditions
/// (mask, noise level) at once: mean mu = E x + features gain, covariance C. What independent Gaussian noise
/// adds to the covariance of the products follows from Isserlis' theorem. Features of sensors that are off
/// have a gain of 0. Float64 on the CPU.
struct GaussianConditional {
  torch::Tensor gain;          //!< [n, f, d]
  torch::Tensor root;          //!< [n, d, d] symmetric square root of C
  torch::Tensor inverse_root;  //!< [n, d, d] its inverse
  torch::Tensor stddev;        //!< [n, d] square root of the diagonal of C

  /// `mask` [n, m] of 0 and 1, `noise_std` [n].
  static GaussianConditional of(const JointMoments& moments, const torch::Tensor& mask,
                                const torch::Tensor& noise_std);
};

}  // namespace scorefem::diffusion
