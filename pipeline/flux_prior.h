#pragma once

#include <cstdint>

#include "solver/channel.h"
#include "solver/matrix.h"

namespace scorefem {

/// Gaussian process with kernel v exp(-|a - b|^2 / (2 l^2)) over the segments' midpoints (paper, Sec. 6.2).
struct FluxPriorOptions {
  double mean = 2.0;          //!< flux
  double variance = 1.0;      //!< v, flux^2, > 0
  double length_scale = 2.0;  //!< l, length, > 0
  bool couple_walls = true;   //!< |a - b| in the plane; false: the two walls are independent
};

/// Draws wall fluxes x = max(0, mean + z), z ~ N(0, K).
class FluxPrior {
 public:
  FluxPrior(const FluxPriorOptions& options, const solver::ChannelOptions& channel);

  double mean() const { return mean_; }
  /// K [n_segments, n_segments], flux^2.
  const solver::Matrix& covariance() const { return covariance_; }

  /// Samples `first`, ..., `first + n - 1` of the sequence that belongs to `seed`; each depends on its index
  /// alone.
  /// @return [n, n_segments], flux, >= 0
  solver::Matrix draw(std::uint64_t seed, std::uint64_t first, Eigen::Index n) const;
  /// mean + z of the same samples, before the clipping.
  solver::Matrix draw_unclipped(std::uint64_t seed, std::uint64_t first, Eigen::Index n) const;
  /// By how much a flux of the same sample may differ on another processor, or with another compiler.
  double draw_rounding() const;

 private:
  double mean_;
  solver::Matrix covariance_;
  solver::Matrix
      square_root_;  // symmetric: K = S S. K is numerically singular, so Cholesky would need a nugget.
};

}  // namespace scorefem
