#include "pipeline/truth/posterior_approximation.h"

#include <cmath>

namespace scorefem::truth {
namespace {

using solver::Matrix;
using solver::Vector;

/// With the axes' standard deviations, columns of `axes` being the orthonormal axes. The symmetric root does
/// not depend on the choice of axes where some have the same deviation, which rounding decides.
GaussianApproximation from_axes(const Vector& mean, const Eigen::MatrixXd& axes, const Vector& deviation) {
  return {mean, axes * deviation.asDiagonal() * axes.transpose(),
          axes * deviation.cwiseInverse().asDiagonal() * axes.transpose()};
}

/// The way to one measurement's mode.
struct Search {
  explicit Search(Eigen::Index dimension)
      : u(Vector::Zero(dimension)), precision(Eigen::MatrixXd::Identity(dimension, dimension)) {}

  /// The Gauss-Newton step, with the precision at u.
  Vector step(const LatentPosterior::Linearisation& local) {
    precision.compute(Eigen::MatrixXd::Identity(u.size(), u.size()) +
                      local.jacobian.transpose() * local.jacobian);
    const Vector gradient = local.jacobian.transpose() * local.residual - u;
    return precision.eigenvectors() * precision.eigenvalues().cwiseInverse().cwiseProduct(
                                          precision.eigenvectors().transpose() * gradient);
  }
  /// Goes to the best of some points if that is a gain.
  bool advance(const Matrix& points, const Vector& densities) {
    constexpr double kSmallGain = 1e-3;  // of the log density: no more than a hundredth of its spread
    Eigen::Index best = 0;
    for (Eigen::Index i = 1; i < densities.size(); ++i) {
      if (densities(i) > densities(best) || std::isnan(densities(best))) best = i;
    }
    if (!(densities(best) > log_density + kSmallGain)) return false;
    u = points.row(best);
    log_density = densities(best);
    return true;
  }

  Vector u;
  double log_density = 0;
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> precision;
};

}  // namespace

std::vector<GaussianApproximation> laplace_approximations(const LatentPosterior& posterior,
                                                          const problem::Measurements& measurement) {
  constexpr int kSteps = 50;
  constexpr int kFractions = 8;  // of a step, 1, 1/2, ..., 1/128, which are tried in one batch
  const Eigen::Index n = posterior.dimension();
  std::vector<Search> searches(static_cast<std::size_t>(measurement.rows()), Search(n));
  const Vector at_start = posterior.log_density(Matrix::Zero(measurement.rows(), n), measurement);
  std::vector<Eigen::Index> active;  // rows
  for (Eigen::Index i = 0; i < measurement.rows(); ++i) {
    searches[i].log_density = at_start(i);
    active.push_back(i);
  }
  for (int k = 0; k < kSteps && !active.empty(); ++k) {
    Matrix at(static_cast<Eigen::Index>(active.size()), n);
    for (std::size_t i = 0; i < active.size(); ++i) at.row(i) = searches[active[i]].u;
    const auto local = posterior.linearise(at, measurement.rows(active));
    std::vector<Eigen::Index> moving;  // the others stay: the prior, or the last step's, will do as well
    std::vector<Vector> steps;
    for (std::size_t i = 0; i < active.size(); ++i) {
      if (!local[i].found) continue;
      moving.push_back(active[i]);
      steps.push_back(searches[active[i]].step(local[i]));
    }
    Matrix points(static_cast<Eigen::Index>(moving.size()) * kFractions, n);
    for (Eigen::Index i = 0; i < points.rows(); ++i) {
      points.row(i) =
          searches[moving[i / kFractions]].u + std::exp2(-(i % kFractions)) * steps[i / kFractions];
    }
    const Vector densities = posterior.log_density(points, measurement.rows(moving).repeated(kFractions));
    active.clear();
    for (std::size_t i = 0; i < moving.size(); ++i) {
      const auto first = static_cast<Eigen::Index>(i) * kFractions;
      if (searches[moving[i]].advance(points.middleRows(first, kFractions),
                                      densities.segment(first, kFractions))) {
        active.push_back(moving[i]);
      }
    }
  }
  std::vector<GaussianApproximation> result;
  for (const Search& search : searches) {
    result.push_back(from_axes(search.u, search.precision.eigenvectors(),
                               search.precision.eigenvalues().cwiseSqrt().cwiseInverse()));
  }
  return result;
}

GaussianApproximation gaussian_fit(const std::vector<Matrix>& draws, const GaussianApproximation& before) {
  const Eigen::Index dimension = draws[0].cols();
  Vector sum = Vector::Zero(dimension);
  double n = 0;
  for (const Matrix& part : draws) {
    sum += part.colwise().sum().transpose();
    n += static_cast<double>(part.rows());
  }
  const Vector mean = sum / n;
  const auto weight = static_cast<double>(dimension);
  Eigen::MatrixXd covariance = weight * before.root * before.root.transpose();
  for (const Matrix& part : draws) {
    const Matrix centred = part.rowwise() - mean.transpose();
    covariance += centred.transpose() * centred;
  }
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(covariance / (n + weight));
  return from_axes(mean, eigen.eigenvectors(), eigen.eigenvalues().cwiseSqrt());
}

}  // namespace scorefem::truth
