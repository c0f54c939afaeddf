#include "pipeline/posterior/training_distance.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "pipeline/dataset/tensor_copy.h"

namespace scorefem::posterior {

using solver::Matrix;
using solver::Vector;

TrainingMeasurements::TrainingMeasurements(const dataset::Dataset& dataset, const problem::Noise& noise,
                                           const dataset::ObservationEncoding& encoding) {
  constexpr Eigen::Index kRows = 20000;
  constexpr double kJitter = 1e-12;  // relative: without noise, observations are nearly redundant
  const Eigen::Index n_train = dataset.shape().rows[dataset::Split::train];
  const dataset::SampleBlock block =
      dataset.read(dataset::Split::train, 0, std::min(kRows, n_train)).finite();
  centred_ = noise.measure(block.observations, block.noise);
  if (encoding.encodes()) centred_ = encoding.of(dataset::measurements(block, noise), noise);
  mean_ = centred_.colwise().mean();
  centred_.rowwise() -= mean_;
  covariance_ = centred_.transpose() * centred_ / static_cast<double>(centred_.rows());
  covariance_.diagonal().array() += kJitter * covariance_.diagonal().maxCoeff();
}

const TrainingMeasurements::Condition& TrainingMeasurements::condition(const std::vector<Eigen::Index>& on) {
  const auto found = place_.find(on);
  if (found != place_.end()) {
    known_.splice(known_.begin(), known_, found->second);
    return known_.front().second;
  }
  if (known_.size() == kKept) {
    place_.erase(known_.back().first);
    known_.pop_back();
  }
  Condition condition{Eigen::LLT<Eigen::MatrixXd>(covariance_(on, on)), {}};
  const Eigen::MatrixXd seen = centred_(Eigen::all, on).transpose();
  condition.distances = condition.factor.matrixL().solve(seen).colwise().squaredNorm().transpose();
  std::sort(condition.distances.begin(), condition.distances.end());
  known_.emplace_front(on, std::move(condition));
  place_[on] = known_.begin();
  return known_.front().second;
}

TrainingDistance TrainingMeasurements::distance(const Vector& measurement) {
  constexpr double kConspicuous = 0.001;
  std::vector<Eigen::Index> on;
  for (Eigen::Index j = 0; j < measurement.size(); ++j) {
    if (measurement(j) == measurement(j)) on.push_back(j);
  }
  if (on.empty()) return {0, 1, false};
  const Condition& among = condition(on);
  const Vector deviation = measurement(on) - mean_.transpose()(on);
  double squared = among.factor.matrixL().solve(deviation).squaredNorm();
  if (!std::isfinite(squared)) squared = std::numeric_limits<double>::infinity();  // a NaN would be near all
  const auto farther =
      among.distances.end() - std::lower_bound(among.distances.begin(), among.distances.end(), squared);
  const double least = 1.0 / static_cast<double>(among.distances.size() + 1);
  const double p_value = static_cast<double>(1 + farther) * least;
  return {squared, p_value, p_value <= std::max(kConspicuous, least)};
}

}  // namespace scorefem::posterior
