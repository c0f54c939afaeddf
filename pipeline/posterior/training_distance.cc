#include "pipeline/posterior/training_distance.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "pipeline/dataset/tensor_copy.h"

namespace scorefem::posterior {

using problem::Measurements;
using solver::Matrix;
using solver::Vector;

namespace {

/// A size that is not a number would be near all.
double known(double size) {
  return std::isfinite(size) ? size : std::numeric_limits<double>::infinity();
}

/// Without noise, observations are nearly redundant, and few pairs leave directions that none of them has.
Eigen::LLT<Eigen::MatrixXd> factor_of(const Eigen::MatrixXd& covariance) {
  const double greatest = covariance.diagonal().maxCoeff(), unit = greatest > 0 ? greatest : 1;
  for (double jitter = 1e-12;; jitter *= 100) {
    Eigen::MatrixXd regular = covariance;
    regular.diagonal().array() += jitter * unit;
    Eigen::LLT<Eigen::MatrixXd> factor(regular);
    if (factor.info() == Eigen::Success || jitter > 1) return factor;
  }
}

}  // namespace

TrainingMeasurements::TrainingMeasurements(const TrainingRows& rows,
                                           std::shared_ptr<const problem::Noise> with,
                                           const dataset::ObservationEncoding& encoding)
    : centred_(seen_rows(rows.clean, rows.normal, *with, encoding)),
      mean_(rows.moments.mean),
      covariance_(rows.moments.covariance) {
  const problem::Noise& noise = *with;
  if (dataset::added_level(noise, encoding) > 0) {
    noise_ = with;
    standard_mean_ = noise.standardise(mean_);
    standard_ = noise.standardise(centred_).rowwise() - standard_mean_;
    const Matrix half = noise.standardise(covariance_).transpose();  // W C, as C is symmetric
    signal_ = noise.standardise(half);
    const Matrix identity = Matrix::Identity(mean_.size(), mean_.size());
    transform_ = noise.standardise(identity);
    const Matrix added = noise.measure(Matrix::Zero(mean_.size(), mean_.size()), identity);
    covariance_ += added.transpose() * added;
  } else {
    const double ratio = static_cast<double>(rows.moments.n) / (2 * static_cast<double>(mean_.size()));
    const Vector diagonal = covariance_.diagonal();
    covariance_ *= std::min(1.0, ratio);
    covariance_.diagonal() = diagonal;
  }
  centred_.rowwise() -= mean_;
}

void TrainingMeasurements::add_noise_check(const Observations& on, Condition& condition) const {
  if (!noise_) return;
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(signal_(on, on));  // ascending
  const double noise = noise_->level() * noise_->level();
  const auto k = static_cast<Eigen::Index>((eigen.eigenvalues().array() < noise).count());
  if (k == 0) return;
  const Vector scale = (eigen.eigenvalues().head(k).cwiseMax(0.0).array() + noise).sqrt().inverse();
  condition.noise_axes = eigen.eigenvectors().leftCols(k) * scale.asDiagonal();
  condition.noise_sizes =
      HeldOutSizes((standard_(Eigen::all, on) * condition.noise_axes).rowwise().squaredNorm());
}

TrainingMeasurements::Condition TrainingMeasurements::made(const Observations& on) const {
  Condition condition{factor_of(covariance_(on, on)), {}, {}, {}};
  const Eigen::MatrixXd seen = centred_(Eigen::all, on).transpose();
  condition.distances =
      HeldOutSizes(condition.factor.matrixL().solve(seen).colwise().squaredNorm().transpose());
  add_noise_check(on, condition);
  return condition;
}

std::shared_ptr<const TrainingMeasurements::Condition> TrainingMeasurements::condition(
    const Observations& on) const {
  constexpr std::size_t kKept = 4;  // all observations, and those that are left after a shift
  for (const auto& [observations, condition] : recent_)
    if (observations == on) return condition;
  if (recent_.size() == kKept) recent_.erase(recent_.begin());
  recent_.emplace_back(on, std::make_shared<const Condition>(made(on)));
  return recent_.back().second;
}

Eigen::RowVectorXd TrainingMeasurements::standard_deviation_of(const Observations& on,
                                                               const Measurements& measurement) const {
  const Measurements standard = noise_->standardised(measurement);
  if (standard.n_there(0) != static_cast<Eigen::Index>(on.size())) {
    return Eigen::RowVectorXd::Constant(static_cast<Eigen::Index>(on.size()),
                                        std::numeric_limits<double>::infinity());
  }
  const Eigen::RowVectorXd deviation = standard.values() - standard_mean_;
  return deviation(on);
}

TrainingDistance TrainingMeasurements::distance(const Observations& on, const Condition& among,
                                                const Measurements& measurement) const {
  constexpr double kConspicuous = 0.001, kConspicuousNoise = 0.002;
  const Eigen::RowVectorXd difference = measurement.values() - mean_;
  const Vector deviation = difference(on).transpose();
  TrainingDistance result;
  result.squared = known(among.factor.matrixL().solve(deviation).squaredNorm());
  result.expected = among.distances.mean();
  result.p_value = among.distances.two_sided(result.squared);
  result.conspicuous = result.p_value <= kConspicuous;
  if (among.noise_sizes.empty()) return result;
  const double size = known((standard_deviation_of(on, measurement) * among.noise_axes).squaredNorm());
  result.noise_ratio = size / among.noise_sizes.mean();
  result.noise_p_value = among.noise_sizes.two_sided(size);
  result.noise_conspicuous = result.noise_p_value <= kConspicuousNoise;
  result.noise_directions = among.noise_axes.cols();
  return result;
}

std::vector<TrainingDistance> TrainingMeasurements::distances(const Measurements& measurements) const {
  std::vector<TrainingDistance> result(static_cast<std::size_t>(measurements.rows()));
  for (const auto& [on, rows] : measurements.groups()) {
    if (on.empty()) continue;
    const auto among = condition(on);
    for (const Eigen::Index i : rows)
      result[static_cast<std::size_t>(i)] = distance(on, *among, measurements.row(i));
  }
  return result;
}

}  // namespace scorefem::posterior
