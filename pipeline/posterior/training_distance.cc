#include "pipeline/posterior/training_distance.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace scorefem::posterior {

using problem::Measurements;
using solver::Matrix;
using solver::Vector;

TrainingMeasurements::TrainingMeasurements(const TrainingRows& rows,
                                           std::shared_ptr<const problem::Noise> with,
                                           const dataset::ObservationEncoding& encoding) {
  const problem::Noise& noise = *with;
  constexpr double kJitter = 1e-12;  // relative: without noise, observations are nearly redundant
  centred_ = noise.measure(rows.clean.values(), rows.normal);
  if (encoding.encodes()) centred_ = encoding.of({centred_, rows.clean.there()}, noise);
  mean_ = centred_.colwise().mean();
  const auto n = static_cast<double>(centred_.rows());
  if (noise.is_additive() && noise.level() > 0 && !encoding.encodes()) {
    noise_ = with;
    standard_ = noise.standardise(centred_);
    standard_mean_ = standard_.colwise().mean();
    standard_.rowwise() -= standard_mean_;
    Matrix clean = noise.standardise(rows.clean.values());
    clean.rowwise() -= clean.colwise().mean().eval();
    signal_ = clean.transpose() * clean / n;
  }
  centred_.rowwise() -= mean_;
  covariance_ = centred_.transpose() * centred_ / n;
  covariance_.diagonal().array() += kJitter * covariance_.diagonal().maxCoeff();
}

void TrainingMeasurements::add_noise_check(const std::vector<Eigen::Index>& on, Condition& condition) const {
  constexpr Eigen::Index kFewest = 3;
  if (!noise_) return;
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(signal_(on, on));  // ascending
  const double noise = noise_->level() * noise_->level();
  const auto k = static_cast<Eigen::Index>((eigen.eigenvalues().array() < noise).count());
  if (k < kFewest) return;
  const Vector scale = (eigen.eigenvalues().head(k).cwiseMax(0.0).array() + noise).sqrt().inverse();
  condition.noise_axes = eigen.eigenvectors().leftCols(k) * scale.asDiagonal();
  condition.noise_sizes = (standard_(Eigen::all, on) * condition.noise_axes).rowwise().squaredNorm();
  std::sort(condition.noise_sizes.begin(), condition.noise_sizes.end());
}

void TrainingMeasurements::check_noise(const std::vector<Eigen::Index>& on, const Condition& among,
                                       const Measurements& measurement, TrainingDistance& distance) const {
  constexpr double kConspicuous = 0.001;
  if (among.noise_axes.size() == 0) return;
  const Measurements standard = noise_->standardised(measurement);
  const Eigen::RowVectorXd deviation = standard.values() - standard_mean_;
  double size = (deviation(on) * among.noise_axes).squaredNorm();
  const bool known = standard.n_there(0) == static_cast<Eigen::Index>(on.size());
  if (!known || !std::isfinite(size)) size = std::numeric_limits<double>::infinity();
  const Vector& sizes = among.noise_sizes;
  const auto less = std::lower_bound(sizes.begin(), sizes.end(), size) - sizes.begin();
  const auto no_more = std::upper_bound(sizes.begin(), sizes.end(), size) - sizes.begin();
  const double least = 1.0 / static_cast<double>(sizes.size() + 1);
  const double side = static_cast<double>(1 + std::min(sizes.size() - less, no_more)) * least;
  distance.noise_ratio = size / sizes.mean();
  distance.noise_p_value = std::min(1.0, 2 * side);
  distance.noise_conspicuous = side <= std::max(kConspicuous, least);
}

TrainingMeasurements::Condition TrainingMeasurements::condition(const std::vector<Eigen::Index>& on) const {
  Condition condition{Eigen::LLT<Eigen::MatrixXd>(covariance_(on, on)), {}, {}, {}};
  const Eigen::MatrixXd seen = centred_(Eigen::all, on).transpose();
  condition.distances = condition.factor.matrixL().solve(seen).colwise().squaredNorm().transpose();
  std::sort(condition.distances.begin(), condition.distances.end());
  add_noise_check(on, condition);
  return condition;
}

TrainingDistance TrainingMeasurements::distance(const std::vector<Eigen::Index>& on, const Condition& among,
                                                const Measurements& measurement) const {
  constexpr double kConspicuous = 0.001;
  const Vector values = measurement.values().row(0);
  const Vector deviation = values(on) - mean_.transpose()(on);
  double squared = among.factor.matrixL().solve(deviation).squaredNorm();
  if (!std::isfinite(squared)) squared = std::numeric_limits<double>::infinity();  // a NaN would be near all
  const auto farther =
      among.distances.end() - std::lower_bound(among.distances.begin(), among.distances.end(), squared);
  const double least = 1.0 / static_cast<double>(among.distances.size() + 1);
  const double p_value = static_cast<double>(1 + farther) * least;
  TrainingDistance result{squared, p_value, p_value <= std::max(kConspicuous, least)};
  check_noise(on, among, measurement, result);
  return result;
}

std::vector<TrainingDistance> TrainingMeasurements::distances(const Measurements& measurements) const {
  const TrainingDistance nothing_there{0, 1, false};
  std::vector<TrainingDistance> result(static_cast<std::size_t>(measurements.rows()), nothing_there);
  for (const auto& [on, rows] : measurements.groups()) {
    if (on.empty()) continue;
    const Condition among = condition(on);
    for (const Eigen::Index i : rows)
      result[static_cast<std::size_t>(i)] = distance(on, among, measurements.row(i));
  }
  return result;
}

}  // namespace scorefem::posterior
