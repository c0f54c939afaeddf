#include "pipeline/latent_posterior.h"

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
      clip_(clip),
      forward_(std::move(forward)),
      noise_std_(noise_std) {}

Matrix LatentPosterior::latent_flux(const Matrix& u) const {
  return (u * root_.transpose()).array() + mean_;
}

Matrix LatentPosterior::flux(const Matrix& latent_flux) const {
  return clip_ ? Matrix(latent_flux.cwiseMax(0.0)) : latent_flux;
}

Matrix LatentPosterior::residuals(const Matrix& latent_flux, const Matrix& measurement) const {
  const Matrix residual = (measurement - forward_(flux(latent_flux))) / noise_std_;
  return (measurement.array() == measurement.array()).select(residual, 0.0);
}

Vector LatentPosterior::log_density(const Matrix& u, const Matrix& measurement) const {
  return -0.5 * (u.rowwise().squaredNorm() + residuals(latent_flux(u), measurement).rowwise().squaredNorm());
}

LatentPosterior::Linearisation LatentPosterior::linearise(const Vector& u, const Vector& measurement) const {
  constexpr double kStep = 1e-3;  // flux
  const Eigen::RowVectorXd at = latent_flux(u.transpose());
  const Eigen::Index n = at.size();
  // The point itself, then a step of each flux. Where a flux is clipped the data do not see the latent one.
  Matrix points = at.replicate(n + 1, 1);
  points.bottomRows(n).diagonal().array() += kStep;
  const Matrix residual = residuals(points, measurement.transpose().replicate(n + 1, 1));
  const Matrix change = (residual.bottomRows(n).rowwise() - residual.row(0)) / -kStep;  // [segment, sensor]
  const Vector seen = clip_ ? Vector((at.transpose().array() > 0).cast<double>()) : Vector(Vector::Ones(n));
  return {residual.row(0), change.transpose() * seen.asDiagonal() * root_, residual.allFinite()};
}

}  // namespace scorefem
