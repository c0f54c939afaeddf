#include "pipeline/calibration/local_calibration.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "pipeline/base/streams.h"

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
  std::vector<Matrix> draws;  // in units of their posterior
  for (Eigen::Index i = 0; i < n; ++i) {
    const Eigen::Index row = used[static_cast<std::size_t>(i)];
    Matrix samples = answer.samples(row);
    const Matrix rest = samples.bottomRows(samples.rows() - 1);
    const Eigen::RowVectorXd mean = rest.colwise().mean();
    const Eigen::RowVectorXd variance = (rest.rowwise() - mean).array().square().colwise().mean();
    // What does not vary says nothing.
    const Eigen::RowVectorXd scale = (variance.array() > 0).select(variance.array().rsqrt(), 0.0);
    const auto standardised = [&](const Matrix& x) -> Matrix {
      return (x.rowwise() - mean) * scale.asDiagonal();
    };
    difference.row(i) = features(standardised(cases.truth.row(row)), z.row(i)) -
                        features(standardised(samples.topRows(1)), z.row(i));
    draws.push_back(standardised(rest.topRows(std::min(kDraws, rest.rows()))));
  }
  Eigen::MatrixXd gram = difference.transpose() * difference;
  gram.diagonal().array() += kRidge * gram.diagonal().mean() + 1e-300;
  Matrix signs = Matrix::Ones(n, 1 + kPermutations);
  Vector uniform(kPermutations);
  const diffusion::CounterRandom random(cases.seed, base::streams::label_swap);
  for (Eigen::Index i = 0; i < n; ++i) {
    random.uniforms(static_cast<std::uint64_t>(i), uniform.data(), kPermutations);
    signs.row(i).tail(kPermutations) =
        (uniform.transpose().array() < 0.5).select(Eigen::RowVectorXd::Ones(kPermutations), -1.0);
  }
  const Matrix weights = Eigen::LLT<Eigen::MatrixXd>(gram).solve(difference.transpose() * signs);
  for (Eigen::Index i = 0; i < n; ++i) {
    const Eigen::RowVectorXd squares =
        (features(draws[static_cast<std::size_t>(i)], z.row(i)) * weights).array().square().colwise().mean();
    const Eigen::Index row = used[static_cast<std::size_t>(i)];
    result.statistic(row) = squares(0);
    const auto as_large = (squares.tail(kPermutations).array() >= squares(0)).count();
    result.p_value(row) = static_cast<double>(1 + as_large) / (kPermutations + 1);
  }
  return result;
}

}  // namespace scorefem::calibration
