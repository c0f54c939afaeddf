#pragma once

#include <list>
#include <map>
#include <utility>
#include <vector>

#include "pipeline/dataset/dataset.h"
#include "pipeline/dataset/observation_encoding.h"
#include "pipeline/problem/noise.h"

namespace scorefem::posterior {

/// How unlike the training measurements a measurement is.
struct TrainingDistance {
  double squared;    //!< Mahalanobis distance to their mean, over the observations that are there; its
                     //!< mean is their number
  double p_value;    //!< share of training measurements at least as far, at least 1 / (n + 1)
  bool conspicuous;  //!< farther than 999 of 1000, or than all if there are fewer
};

/// The training measurements at one noise level. Distances are compared with theirs, not with chi-squared,
/// which they follow only as far as measurements are Gaussian.
class TrainingMeasurements {
 public:
  /// Reads at most 20,000 training samples.
  TrainingMeasurements(const dataset::Dataset& dataset, const problem::Noise& noise,
                       const dataset::ObservationEncoding& encoding);

  /// Measurements with the same sensors on are cheap when they follow each other: what these need is kept for
  /// the last few sets of sensors, whatever the number of measurements.
  /// @param measurement as dataset::seen_values() gives it where observations are encoded, else as measured,
  ///        NaN where one is not there
  TrainingDistance distance(const solver::Vector& measurement);
  /// Sets of sensors whose distances are held.
  std::size_t n_kept() const { return known_.size(); }

 private:
  /// What all measurements with the same observations share.
  struct Condition {
    Eigen::LLT<Eigen::MatrixXd> factor;  // of the covariance of these observations
    solver::Vector distances;            // of the training measurements, squared, ascending
  };
  const Condition& condition(const std::vector<Eigen::Index>& on);
  /// Of the sensors that were asked for last.
  static constexpr std::size_t kKept = 256;  // some 40 MB

  solver::Matrix centred_;  // [n, n_observations] noisy, less their mean
  Eigen::RowVectorXd mean_;
  solver::Matrix covariance_;
  using Known = std::pair<std::vector<Eigen::Index>, Condition>;
  std::list<Known> known_;  // at most kKept, the last one that was used first
  std::map<std::vector<Eigen::Index>, std::list<Known>::iterator> place_;
};

}  // namespace scorefem::posterior
