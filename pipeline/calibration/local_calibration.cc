#include "pipeline/calibration/local_calibration.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "pipeline/base/streams.h"
#include "pipeline/calibration/ridge_regression.h"

namespace scorefem::calibration {
namespace {

using solver::Matrix;
using solver::Vector;

constexpr Eigen::Index kMeasurements = 2000, kDraws = 50, kComponents = 3;

/// Leading principal components of measurements, each of unit variance; a missing observation is at its mean.
Matrix principal_components(const problem::Measurements& measurement) {
  Matrix values = measurement.values();
  for (Eigen::Index j = 0; j < values.cols(); ++j) {
    const auto there = measurement.there().col(j);
    const auto measured = measurement.values().col(j);
    const double n = std::max(1.0, static_cast<double>(there.count()));
    const double mean = there.select(measured, 0.0).sum() / n;
    values.col(j) = there.select(measured.array() - mean, 0.0);
    const double sd = std::sqrt(values.col(j).squaredNorm() / n);
    if (sd > 0) values.col(j) /= sd;
  }
  const auto n = static_cast<double>(values.rows());
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(values.transpose() * values / n);
  const Eigen::Index k = std::min(kComponents, values.cols());
  const Vector scale = eigen.eigenvalues().tail(k).cwiseMax(1e-300).cwiseSqrt().cwiseInverse();
  return values * eigen.eigenvectors().rightCols(k) * scale.asDiagonal();
}

/// Of unknowns [n, d] in units of their posterior, all for one measurement with components z [k].
Matrix features(const Matrix& standardised, const Eigen::RowVectorXd& z) {
  const Eigen::Index d = standardised.cols(), k = z.size();
  Matrix result(standardised.rows(), 2 * d * (1 + k));
  result.leftCols(d) = standardised;
  result.middleCols(d, d) = standardised.array().square() - 1;
  for (Eigen::Index i = 0; i < k; ++i)
    result.middleCols(2 * d * (i + 1), 2 * d) = z(i) * result.leftCols(2 * d);
  return result;
}

/// One draw of a posterior, and the others that say what its unit is.
class Standardised {
 public:
  /// @param samples [n_samples, d], three at least
  explicit Standardised(const Matrix& samples)
      : draw_(samples.topRows(1)), rest_(samples.bottomRows(samples.rows() - 1)) {
    mean_ = rest_.colwise().mean();
    const Eigen::RowVectorXd variance = (rest_.rowwise() - mean_).array().square().colwise().mean();
    // What does not vary says nothing.
    scale_ = (variance.array() > 0).select(variance.array().rsqrt(), 0.0);
  }

  Matrix of(const Matrix& x) const { return (x.rowwise() - mean_) * scale_.asDiagonal(); }
  Matrix draw() const { return of(draw_); }
  Matrix others() const { return of(rest_.topRows(std::min(kDraws, rest_.rows()))); }

 private:
  Matrix draw_, rest_;
  Eigen::RowVectorXd mean_, scale_;
};

}  // namespace

LocalCalibration local_calibration(const Answer& answer, const TestCases& cases) {
  constexpr double kRidge = 0.1, kMissing = std::numeric_limits<double>::quiet_NaN();
  const Eigen::Index all = cases.truth.rows();
  LocalCalibration result{Vector::Constant(all, kMissing), Vector::Constant(all, kMissing)};
  std::vector<Eigen::Index> used;
  for (Eigen::Index i = 0; i < all && static_cast<Eigen::Index>(used.size()) < kMeasurements; ++i)
    if (answer.has(i)) used.push_back(i);
  if (used.size() < 2) return result;
  const auto n = static_cast<Eigen::Index>(used.size());
  const Matrix z = principal_components(cases.measurement.rows(used));

  // The difference of the features of truth and draw: swapping a pair's labels changes its sign.
  Matrix difference(n, 2 * cases.truth.cols() * (1 + z.cols()));
  for (Eigen::Index i = 0; i < n; ++i) {
    const Eigen::Index row = used[static_cast<std::size_t>(i)];
    const Standardised posterior(answer.samples(row));
    difference.row(i) =
        features(posterior.of(cases.truth.row(row)), z.row(i)) - features(posterior.draw(), z.row(i));
  }
  Matrix signs = Matrix::Ones(n, 1 + kPermutations);
  Vector uniform(kPermutations);
  const diffusion::CounterRandom random(cases.seed, base::streams::label_swap);
  for (Eigen::Index i = 0; i < n; ++i) {
    random.uniforms(static_cast<std::uint64_t>(i), uniform.data(), kPermutations);
    signs.row(i).tail(kPermutations) =
        (uniform.transpose().array() < 0.5).select(Eigen::RowVectorXd::Ones(kPermutations), -1.0);
  }
  const Matrix weights = ridge_weights(difference, signs, kRidge);
  for (Eigen::Index i = 0; i < n; ++i) {
    const Eigen::Index row = used[static_cast<std::size_t>(i)];
    // The samples are read again: to keep those of all measurements would take n times as much memory.
    const Matrix others = Standardised(answer.samples(row)).others();
    const Eigen::RowVectorXd squares =
        (features(others, z.row(i)) * weights).array().square().colwise().mean();
    result.statistic(row) = squares(0);
    const auto as_large = (squares.tail(kPermutations).array() >= squares(0)).count();
    result.p_value(row) = static_cast<double>(1 + as_large) / (kPermutations + 1);
  }
  return result;
}

}  // namespace scorefem::calibration
