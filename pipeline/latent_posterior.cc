#include "pipeline/latent_posterior.h"

#include <cmath>

namespace scorefem {
namespace {

using solver::Matrix;
using solver::Vector;

/// S of K = S S^T without the directions that the prior hardly varies in, widest first.
Matrix leading_root(const Matrix& covariance) {
  constexpr double kSmallest = 1e-12;  // variance over the largest
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(covariance);
  const Vector& variance = eigen.eigenvalues();  // ascending
  const auto n = static_cast<Eigen::Index>((variance.array() > kSmallest * variance.maxCoeff()).count());
  const Matrix root = eigen.eigenvectors().rightCols(n) * variance.tail(n).cwiseSqrt().asDiagonal();
  return root.rowwise().reverse();
}

}  // namespace

LatentPosterior::LatentPosterior(double prior_mean, const Matrix& covariance, bool clip, ForwardMap forward,
                                 double noise_std)
    : mean_(prior_mean),
      root_(leading_root(covariance)),
      prior_stddev_(std::sqrt(covariance.diagonal().maxCoeff())),
      clip_(clip),
      forward_(std::move(forward)),
      noise_std_(noise_std) {}

Matrix LatentPosterior::latent_flux(const Matrix& u) const {
  Matrix latent(u.rows(), root_.rows());
  // Row by row: the rounding does not depend on the batch.
  for (Eigen::Index i = 0; i < u.rows(); ++i) {
    const Vector coordinates = u.row(i);
    const Vector values = root_ * coordinates;
    latent.row(i) = values.array() + mean_;
  }
  return latent;
}

Matrix LatentPosterior::flux(const Matrix& latent_flux) const {
  return clip_ ? Matrix(latent_flux.cwiseMax(0.0)) : latent_flux;
}

Matrix LatentPosterior::residuals(const Matrix& latent_flux, const Matrix& measurement) const {
  const Matrix residual = (measurement - forward_(flux(latent_flux))) / noise_std_;
  return (measurement.array() == measurement.array()).select(residual, 0.0);
}

Vector LatentPosterior::log_density(const Matrix& u, const Matrix& measurement) const {
  const Matrix residual = residuals(latent_flux(u), measurement);
  Vector density(u.rows());
  for (Eigen::Index i = 0; i < u.rows(); ++i) {  // as in latent_flux()
    density(i) = -0.5 * (Vector(u.row(i)).squaredNorm() + Vector(residual.row(i)).squaredNorm());
  }
  return density;
}

std::vector<LatentPosterior::Linearisation> LatentPosterior::linearise(const Matrix& u,
                                                                       const Matrix& measurement) const {
  constexpr double kStep = 1e-3;  // over the prior's largest standard deviation
  const double step = kStep * prior_stddev_;
  const Matrix at = latent_flux(u);
  const Eigen::Index n = at.cols();
  // Each point itself, then a step of each flux. Where a flux is clipped the data do not see the latent one.
  Matrix points(at.rows() * (n + 1), n);
  Matrix measurements(points.rows(), measurement.cols());
  for (Eigen::Index i = 0; i < at.rows(); ++i) {
    auto around = points.middleRows(i * (n + 1), n + 1);
    around = at.row(i).replicate(n + 1, 1);
    around.bottomRows(n).diagonal().array() += step;
    measurements.middleRows(i * (n + 1), n + 1) = measurement.row(i).replicate(n + 1, 1);
  }
  const Matrix residual = residuals(points, measurements);
  std::vector<Linearisation> result;
  for (Eigen::Index i = 0; i < at.rows(); ++i) {
    const auto around = residual.middleRows(i * (n + 1), n + 1);
    const Matrix change = (around.bottomRows(n).rowwise() - around.row(0)) / -step;  // [segment, sensor]
    const Vector seen =
        clip_ ? Vector((at.row(i).transpose().array() > 0).cast<double>()) : Vector(Vector::Ones(n));
    result.push_back({around.row(0), change.transpose() * seen.asDiagonal() * root_, around.allFinite()});
  }
  return result;
}

}  // namespace scorefem
