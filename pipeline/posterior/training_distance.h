#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "pipeline/dataset/observation_encoding.h"
#include "pipeline/posterior/training_rows.h"
#include "pipeline/problem/noise.h"

namespace scorefem::posterior {

/// How unlike the training measurements a measurement is.
struct TrainingDistance {
  double squared;    //!< Mahalanobis distance to their mean, over the observations that are there; its
                     //!< mean is their number
  double p_value;    //!< share of training measurements at least as far, at least 1 / (n + 1)
  bool conspicuous;  //!< farther than 999 of 1000, or than all if there are fewer
  /// The same where signals are smaller than the noise: what is left there is noise, of the level that the
  /// model was told. Too little of it is as telling as too much: values of another unit, 1,000 times too
  /// small, are not far from any mean, but are too smooth.
  double noise_ratio = 1;          //!< squared size over its mean in training
  double noise_p_value = 1;        //!< two-sided; 1 if there are fewer than 3 such directions
  bool noise_conspicuous = false;  //!< beyond 999 of 1000 on its side
};

/// The training measurements at one noise level. Distances are compared with theirs, not with chi-squared,
/// which they follow only as far as measurements are Gaussian.
class TrainingMeasurements {
 public:
  /// Training samples that are enough.
  static constexpr Eigen::Index kRows = 20000;

  /// @param rows at least one
  TrainingMeasurements(const TrainingRows& rows, std::shared_ptr<const problem::Noise> noise,
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
    solver::Matrix noise_axes;   // [n_on, k] standard coordinates to what is mostly noise, unit variance
    solver::Vector noise_sizes;  // squared, of the training measurements, ascending
  };
  const Condition& condition(const std::vector<Eigen::Index>& on);
  /// Of the sensors that were asked for last.
  static constexpr std::size_t kKept = 256;  // some 40 MB

  void add_noise_check(const std::vector<Eigen::Index>& on, Condition& condition) const;
  void check_noise(const std::vector<Eigen::Index>& on, const Condition& among,
                   const solver::Vector& measurement, TrainingDistance& distance) const;

  solver::Matrix centred_;  // [n, n_observations] noisy, less their mean
  Eigen::RowVectorXd mean_;
  solver::Matrix covariance_;
  // In the noise's standard coordinates; empty unless it is additive and not 0.
  std::function<solver::Matrix(const solver::Matrix&)> standardise_;
  double level_ = 0;
  solver::Matrix standard_;  // [n, n_observations] noisy, less the mean
  Eigen::RowVectorXd standard_mean_;
  solver::Matrix signal_;  // [n_observations, n_observations] covariance without noise
  using Known = std::pair<std::vector<Eigen::Index>, Condition>;
  std::list<Known> known_;  // at most kKept, the last one that was used first
  std::map<std::vector<Eigen::Index>, std::list<Known>::iterator> place_;
};

}  // namespace scorefem::posterior
