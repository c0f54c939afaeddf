#include "pipeline/posterior_approximation.h"

#include <cmath>

namespace scorefem {
namespace {

using solver::Matrix;
using solver::Vector;

/// With the axes' standard deviations, columns of `axes` being the orthonormal axes.
GaussianApproximation from_axes(const Vector& mean, const Eigen::MatrixXd& axes, const Vector& deviation) {
  return {mean, axes * deviation.asDiagonal(), deviation.cwiseInverse().asDiagonal() * axes.transpose()};
}

/// The best point on the way from u along a step, which is tried at several fractions in one batch.
struct Improvement {
  Vector u;
  double log_density;
};
Improvement line_search(const LatentPosterior& posterior, const Vector& measurement, const Vector& u,
                        const Vector& step) {
  constexpr int kFractions = 8;  // 1, 1/2, ..., 1/128
  Matrix points(kFractions, u.size());
  double fraction = 1;
  for (int i = 0; i < kFractions; ++i, fraction /= 2) points.row(i) = u + fraction * step;
  const Vector density = posterior.log_density(points, measurement.transpose().replicate(kFractions, 1));
  Eigen::Index best = 0;
  for (Eigen::Index i = 1; i < kFractions; ++i) {
    if (density(i) > density(best) || std::isnan(density(best))) best = i;
  }
  return {points.row(best), density(best)};
}

}  // namespace

GaussianApproximation laplace_approximation(const LatentPosterior& posterior, const Vector& measurement) {
  constexpr int kSteps = 50;
  constexpr double kSmallGain = 1e-3;  // of the log density: no more than a hundredth of its spread
  const Eigen::Index n = posterior.dimension();
  Vector u = Vector::Zero(n);
  double log_density = posterior.log_density(u.transpose(), measurement.transpose())(0);
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> precision(Eigen::MatrixXd::Identity(n, n));
  for (int i = 0; i < kSteps; ++i) {
    const LatentPosterior::Linearisation local = posterior.linearise(u, measurement);
    if (!local.found) break;  // the prior, or the last step's, is an approximation too
    precision.compute(Eigen::MatrixXd::Identity(n, n) + local.jacobian.transpose() * local.jacobian);
    const Vector gradient = local.jacobian.transpose() * local.residual - u;
    const Vector step = precision.eigenvectors() * precision.eigenvalues().cwiseInverse().cwiseProduct(
                                                       precision.eigenvectors().transpose() * gradient);
    const Improvement next = line_search(posterior, measurement, u, step);
    if (!(next.log_density > log_density + kSmallGain)) break;
    u = next.u;
    log_density = next.log_density;
  }
  return from_axes(u, precision.eigenvectors(), precision.eigenvalues().cwiseSqrt().cwiseInverse());
}

GaussianApproximation gaussian_fit(const std::vector<Matrix>& draws) {
  constexpr double kSmallest = 1e-12;  // variance, prior's 1: keeps the map invertible if nothing moved
  const Eigen::Index dimension = draws[0].cols();
  Vector sum = Vector::Zero(dimension);
  double n = 0;
  for (const Matrix& part : draws) {
    sum += part.colwise().sum().transpose();
    n += static_cast<double>(part.rows());
  }
  const Vector mean = sum / n;
  Eigen::MatrixXd covariance = Eigen::MatrixXd::Zero(dimension, dimension);
  for (const Matrix& part : draws) {
    const Matrix centred = part.rowwise() - mean.transpose();
    covariance += centred.transpose() * centred / (n - 1);
  }
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(covariance);
  return from_axes(mean, eigen.eigenvectors(), eigen.eigenvalues().cwiseMax(kSmallest).cwiseSqrt());
}

}  // namespace scorefem
