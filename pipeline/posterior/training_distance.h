#pragma once

#include <map>
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

  /// @param measurement as dataset::seen_values() gives it where observations are encoded, else as measured,
  ///        NaN where one is not there
  TrainingDistance distance(const solver::Vector& measurement);

 private:
  /// What all measurements with the same observations share.
  struct Condition {
    Eigen::LLT<Eigen::MatrixXd> factor;  // of the covariance of these observations
    solver::Vector distances;            // of the training measurements, squared, ascending
  };
  const Condition& condition(const std::vector<Eigen::Index>& on);

  solver::Matrix centred_;  // [n, n_observations] noisy, less their mean
  Eigen::RowVectorXd mean_;
  solver::Matrix covariance_;
  std::map<std::vector<Eigen::Index>, Condition> conditions_;
};

}  // namespace scorefem::posterior
