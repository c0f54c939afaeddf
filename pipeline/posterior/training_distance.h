#pragma once

#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "pipeline/dataset/observation_encoding.h"
#include "pipeline/posterior/held_out_sizes.h"
#include "pipeline/posterior/training_rows.h"
#include "pipeline/problem/noise.h"

namespace scorefem::posterior {

/// How unlike the training measurements a measurement is.
struct TrainingDistance {
  double squared = 0;        //!< Mahalanobis distance to their mean, over the observations that are there
  double expected = 0;       //!< mean of those of training measurements that are held out
  double p_value = 1;        //!< two-sided: too near is as unlikely as too far
  bool conspicuous = false;  //!< p <= 0.001: a right measurement in 1 of 1,000 cases, 0.0005 on each side
  /// The same where signals are smaller than the noise: what is left there is noise, of the level that the
  /// model was told. Too little of it is as telling as too much: values of another unit, 1,000 times too
  /// small, may not be far from any mean, but are too smooth.
  double noise_ratio = 1;             //!< squared size over its mean in training
  double noise_p_value = 1;           //!< two-sided; 1 if there are no such directions
  bool noise_conspicuous = false;     //!< p <= 0.002: 1 of 1,000 on each side
  Eigen::Index noise_directions = 0;  //!< how many there are; 0: nothing was looked at

  bool is_near() const { return squared < expected; }
};

/// The training measurements at one noise level. Sizes are compared with those of held-out ones, not with
/// chi-squared, which they follow only as far as measurements are Gaussian and moments are exact. With fewer
/// pairs than twice the observations, and no noise that is added, the covariance is drawn to its diagonal.
class TrainingMeasurements {
 public:
  /// @param rows at least one
  TrainingMeasurements(const TrainingRows& rows, std::shared_ptr<const problem::Noise> noise,
                       const dataset::ObservationEncoding& encoding);

  /// Of each measurement. Those with the same observations are cheap together; memory does not grow with the
  /// number of masks.
  /// @param measurements as dataset::seen_values() gives them where observations are encoded, else as
  /// measured
  std::vector<TrainingDistance> distances(const problem::Measurements& measurements) const;

  /// The smaller p-value of each measurement without one of its observations, whatever its value is,
  /// [n, n_observations]; 0 where it is not there or nothing else is. With the precision matrix P of those
  /// that are there and the deviation r from the mean, the squared distance of the others is r' P r - (P
  /// r)_j^2 / P_jj (Rasmussen & Williams, Gaussian Processes for Machine Learning, 2006, Sec. 5.4.2); of what
  /// is mostly noise the direction is left out to which the observation adds. For m observations and n_held
  /// held-out rows O(m^3 + n_held m^2) in all.
  solver::Matrix p_values_without_one(const problem::Measurements& measurements) const;

  /// Root mean square of an observation about the mean.
  double spread() const { return std::sqrt(centred_.squaredNorm() / static_cast<double>(centred_.size())); }

 private:
  /// What all measurements with the same observations share.
  struct Condition {
    Eigen::LLT<Eigen::MatrixXd> factor;  // of the covariance of these observations
    HeldOutSizes distances;              // squared
    solver::Matrix noise_axes;  // [n_on, k] standard coordinates to what is mostly noise, unit variance
    HeldOutSizes noise_sizes;   // squared
  };
  using Observations = std::vector<Eigen::Index>;
  /// Of those that are there; the last few are kept.
  std::shared_ptr<const Condition> condition(const Observations& on) const;
  Condition made(const Observations& on) const;
  void add_noise_check(const Observations& on, Condition& condition) const;
  /// Of one measurement the standard coordinates less their mean [n_on], infinite where one is not known.
  Eigen::RowVectorXd standard_deviation_of(const Observations& on,
                                           const problem::Measurements& measurement) const;
  /// @param measurement [1, n_observations], of which `on`, at least one, are there
  TrainingDistance distance(const Observations& on, const Condition& among,
                            const problem::Measurements& measurement) const;

  solver::Matrix centred_;  // [n_held, n_observations] noisy held-out rows, less the others' mean
  Eigen::RowVectorXd mean_;
  solver::Matrix covariance_;
  // In the noise's standard coordinates; null unless it is added and not 0.
  std::shared_ptr<const problem::Noise> noise_;
  solver::Matrix standard_;  // [n_held, n_observations] noisy held-out rows, less the others' mean
  Eigen::RowVectorXd standard_mean_;
  solver::Matrix signal_;     // [n_observations, n_observations] covariance without noise
  solver::Matrix transform_;  // W' [n_observations, n_observations]
  mutable std::vector<std::pair<Observations, std::shared_ptr<const Condition>>> recent_;
};

}  // namespace scorefem::posterior
