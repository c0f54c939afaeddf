#pragma once

#include <torch/types.h>

#include "diffusion/numerics/process.h"
#include "diffusion/sampling/probability_flow_ode.h"

namespace scorefem::diffusion::test {

/// A Gaussian N(mean, basis diag(variance) basis^T), whose diffused density N(m mean, m^2 C + s^2 I) has a
/// score, and whose probability flow has a solution, in closed form.
struct Gaussian {
  torch::Tensor mean;      //!< [d]
  torch::Tensor basis;     //!< [d, d] orthogonal
  torch::Tensor variance;  //!< [d]

  /// Variances from 10^lowest to 2.
  static Gaussian example(std::int64_t dimension, double lowest = -3.0) {
    const torch::Tensor noise = torch::cos(torch::arange(dimension * dimension, torch::kFloat64).square());
    const torch::Tensor basis = std::get<0>(torch::linalg_qr(noise.view({dimension, dimension})));
    return {torch::linspace(-0.5, 1.0, dimension, torch::kFloat64), basis,
            torch::logspace(lowest, 0.3, dimension, 10.0, torch::kFloat64)};
  }

  torch::Tensor covariance() const { return basis.matmul(torch::diag(variance)).matmul(basis.t()); }

  Score score(const Process& process) const {
    return [*this, &process](const torch::Tensor& x, double t) {
      const double m = process.mean(t), s = process.stddev(t);
      return -((x - m * mean).matmul(basis) / (m * m * variance + s * s)).matmul(basis.t());
    };
  }

  /// Where the probability flow carries `state` from t_begin to t_end: in the eigenbasis, (x - m mean) /
  /// stddev of x_t stays constant.
  torch::Tensor flow(const Process& process, const torch::Tensor& state, double t_begin, double t_end) const {
    const auto stddev = [&](double t) {
      return (process.mean(t) * process.mean(t) * variance + process.stddev(t) * process.stddev(t)).sqrt();
    };
    const torch::Tensor standard = (state - process.mean(t_begin) * mean).matmul(basis) / stddev(t_begin);
    return process.mean(t_end) * mean + (standard * stddev(t_end)).matmul(basis.t());
  }
};

}  // namespace scorefem::diffusion::test
