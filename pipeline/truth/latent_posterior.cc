#include "pipeline/truth/latent_posterior.h"

namespace scorefem::truth {
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

LatentPosterior::LatentPosterior(std::shared_ptr<const problem::Prior> prior, bool transform,
                                 ForwardMap forward, std::shared_ptr<const problem::Noise> noise)
    : prior_(std::move(prior)),
      root_(leading_root(prior_->covariance())),
      transform_(transform),
      forward_(std::move(forward)),
      noise_(std::move(noise)) {}

Matrix LatentPosterior::latent(const Matrix& u) const {
  Matrix latent(u.rows(), root_.rows());
  // Row by row: the rounding does not depend on the batch.
  for (Eigen::Index i = 0; i < u.rows(); ++i) {
    const Vector coordinates = u.row(i);
    const Vector values = root_ * coordinates;
    latent.row(i) = (values + prior_->mean()).transpose();
  }
  return latent;
}

Matrix LatentPosterior::unknowns(const Matrix& latent) const {
  return transform_ ? prior_->unknowns(latent) : latent;
}

Vector LatentPosterior::log_density(const Matrix& u, const problem::Measurements& measurement) const {
  const Matrix clean = forward_(unknowns(latent(u)));
  const Matrix residual = noise_->residuals(measurement, clean);
  Vector density = noise_->log_scale(measurement, clean);
  for (Eigen::Index i = 0; i < u.rows(); ++i) {  // as in latent()
    density(i) -= 0.5 * (Vector(u.row(i)).squaredNorm() + Vector(residual.row(i)).squaredNorm());
  }
  return density;
}

Matrix LatentPosterior::observe_around(const Matrix& points, Eigen::Index n) const {
  const Matrix x = unknowns(points);
  if (!derivative_) return forward_(x);
  Matrix centres(points.rows() / (n + 1), x.cols());
  for (Eigen::Index i = 0; i < centres.rows(); ++i) centres.row(i) = x.row(i * (n + 1));
  const Matrix observed = forward_(centres);
  const std::vector<Matrix> jacobians = derivative_(centres, observed.cols());
  Matrix around(points.rows(), observed.cols());
  for (Eigen::Index i = 0; i < centres.rows(); ++i) {
    const auto steps = x.middleRows(i * (n + 1), n + 1).rowwise() - centres.row(i);
    around.middleRows(i * (n + 1), n + 1) =
        (steps * jacobians[static_cast<std::size_t>(i)].transpose()).rowwise() + observed.row(i);
  }
  return around;
}

std::vector<LatentPosterior::Linearisation> LatentPosterior::linearise(
    const Matrix& u, const problem::Measurements& measurement) const {
  const Matrix at = latent(u);
  const Eigen::Index n = at.cols();
  // Each point itself, then a step of each component of v: a thousandth of its standard deviation.
  const Vector step = 1e-3 * prior_->covariance().diagonal().cwiseSqrt();
  Matrix points(at.rows() * (n + 1), n);
  for (Eigen::Index i = 0; i < at.rows(); ++i) {
    auto around = points.middleRows(i * (n + 1), n + 1);
    around = at.row(i).replicate(n + 1, 1);
    around.bottomRows(n).diagonal() += step;
  }
  const Matrix residual = noise_->residuals(measurement.repeated(n + 1), observe_around(points, n));
  std::vector<Linearisation> result;
  for (Eigen::Index i = 0; i < at.rows(); ++i) {
    const auto around = residual.middleRows(i * (n + 1), n + 1);
    const Matrix change = (-step).cwiseInverse().asDiagonal() *
                          (around.bottomRows(n).rowwise() - around.row(0));  // [component, observation]
    // Where a component is clipped the data do not see it.
    Vector seen = Vector::Ones(n);
    for (Eigen::Index j = 0; j < n; ++j) {
      const bool clipped = !prior_->marginals()[static_cast<std::size_t>(j)].smooth();
      if (transform_ && clipped && at(i, j) <= 0) seen(j) = 0;
    }
    result.push_back({around.row(0), change.transpose() * seen.asDiagonal() * root_, around.allFinite()});
  }
  return result;
}

}  // namespace scorefem::truth
