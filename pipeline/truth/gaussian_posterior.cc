#include "pipeline/truth/gaussian_posterior.h"

#include <vector>

namespace scorefem::truth {
namespace {

using solver::Matrix;
using solver::Vector;

/// What the posterior needs besides the measurement itself.
struct Conditional {
  Matrix gain;                // [n_unknowns, sensors on]
  Vector standard_deviation;  // [n_unknowns]
};

/// Works with the singular values of G S / noise, K = S S^T: unlike G K G^T + noise^2 I this keeps its
/// accuracy when the noise goes to 0.
Conditional condition(const Matrix& square_root, const Matrix& response, double noise_std) {
  if (response.rows() == 0)  // no sensor is on: the prior; Eigen has no decomposition of an empty matrix
    return {Matrix(square_root.rows(), 0), square_root.rowwise().norm()};
  const Eigen::JacobiSVD<Eigen::MatrixXd> svd(response * square_root,
                                              Eigen::ComputeThinU | Eigen::ComputeThinV);
  const Vector& singular = svd.singularValues();
  const double floor =
      singular.size() > 0 ? singular(0) * 1e-13 : 0;  // directions that arithmetic cannot see
  Vector filter(singular.size());
  Vector shrink(singular.size());
  for (Eigen::Index i = 0; i < singular.size(); ++i) {
    const double s2 = singular(i) * singular(i);
    const double denominator = s2 + noise_std * noise_std;
    const bool visible = singular(i) > floor;
    filter(i) = visible ? singular(i) / denominator : 0;
    shrink(i) = visible ? s2 / denominator : 0;
  }
  const Matrix rotated = square_root * svd.matrixV();
  const Vector prior_variance = square_root.rowwise().squaredNorm();
  const Vector explained = rotated.cwiseAbs2() * shrink;
  return {rotated * filter.asDiagonal() * svd.matrixU().transpose(),
          (prior_variance - explained).cwiseMax(0.0).cwiseSqrt()};
}

}  // namespace

base::PosteriorMoments gaussian_posterior(const Vector& prior_mean, const Matrix& covariance,
                                          const Matrix& response, const problem::Measurements& measurement,
                                          double noise_std) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(covariance);
  const Matrix square_root =
      eigen.eigenvectors() * eigen.eigenvalues().cwiseMax(0.0).cwiseSqrt().asDiagonal();
  const Vector predicted = response * prior_mean;
  base::PosteriorMoments moments{Matrix(measurement.rows(), covariance.rows()),
                                 Matrix(measurement.rows(), covariance.rows())};
  for (const auto& [on, rows] : measurement.groups()) {
    const Conditional conditional = condition(square_root, response(on, Eigen::all), noise_std);
    for (const Eigen::Index i : rows) {
      const Vector residual = measurement.values().row(i)(on).transpose() - predicted(on);
      moments.mean.row(i) = (conditional.gain * residual + prior_mean).transpose();
      moments.standard_deviation.row(i) = conditional.standard_deviation.transpose();
    }
  }
  return moments;
}

}  // namespace scorefem::truth
