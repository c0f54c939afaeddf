#include "pipeline/flux_prior.h"

#include <cmath>
#include <limits>

#include "diffusion/counter_random.h"

namespace scorefem {
namespace {

solver::Matrix kernel_matrix(const FluxPriorOptions& options, const solver::ChannelOptions& channel) {
  const std::vector<solver::FluxSegment> segments = solver::flux_segments(channel);
  const auto n = static_cast<Eigen::Index>(segments.size());
  solver::Matrix covariance(n, n);
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j < n; ++j) {
      const solver::FluxSegment& a = segments[static_cast<std::size_t>(i)];
      const solver::FluxSegment& b = segments[static_cast<std::size_t>(j)];
      const double dx = a.midpoint[0] - b.midpoint[0];
      const double dy = a.midpoint[1] - b.midpoint[1];
      const bool independent = !options.couple_walls && a.wall != b.wall;
      const double scaled = (dx * dx + dy * dy) / (2 * options.length_scale * options.length_scale);
      covariance(i, j) = independent ? 0.0 : options.variance * std::exp(-scaled);
    }
  }
  return covariance;
}

}  // namespace

FluxPrior::FluxPrior(const FluxPriorOptions& options, const solver::ChannelOptions& channel)
    : mean_(options.mean), covariance_(kernel_matrix(options, channel)) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(covariance_);
  const solver::Vector roots = eigen.eigenvalues().cwiseMax(0.0).cwiseSqrt();
  square_root_ = eigen.eigenvectors() * roots.asDiagonal() * eigen.eigenvectors().transpose();
}

solver::Matrix FluxPrior::draw(std::uint64_t seed, std::uint64_t first, Eigen::Index n) const {
  return draw_unclipped(seed, first, n).cwiseMax(0.0);
}

solver::Matrix FluxPrior::draw_unclipped(std::uint64_t seed, std::uint64_t first, Eigen::Index n) const {
  const diffusion::CounterRandom random(seed, diffusion::Stream::flux_prior);
  const Eigen::Index n_segments = covariance_.rows();
  solver::Matrix flux(n, n_segments);
  solver::Vector normals(n_segments);
  for (Eigen::Index i = 0; i < n; ++i) {
    random.normals(first + static_cast<std::uint64_t>(i), normals.data(),
                   static_cast<std::size_t>(n_segments));
    // One sample at a time: a blocked product could round differently for another block size.
    flux.row(i) = ((square_root_ * normals).array() + mean_).matrix().transpose();
  }
  return flux;
}

double FluxPrior::draw_rounding() const {
  // The eigenvalues of K come out to within n eps |K|, and K is numerically singular, so that most of them
  // are nothing else. As |A^(1/2) - B^(1/2)| <= |A - B|^(1/2) for positive matrices, their roots and all that
  // a root does to a draw differ by up to the root of it. A draw of n normals is longer than sqrt(n) + 8 in
  // one of 10^14 cases.
  const auto n = static_cast<double>(covariance_.rows());
  const double eigenvalues = n * std::numeric_limits<double>::epsilon() * covariance_.norm();
  return std::sqrt(eigenvalues) * (std::sqrt(n) + 8) + 1e-12 * std::abs(mean_);
}

}  // namespace scorefem
