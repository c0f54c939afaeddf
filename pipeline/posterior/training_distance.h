#pragma once

#include <cmath>
#include <memory>
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

  /// Of each measurement. Those with the same observations are cheap together; memory does not grow with the
  /// number of masks.
  /// @param measurements as dataset::seen_values() gives them where observations are encoded, else as
  /// measured
  std::vector<TrainingDistance> distances(const problem::Measurements& measurements) const;

  /// Root mean square of an observation about the mean.
  double spread() const { return std::sqrt(centred_.squaredNorm() / static_cast<double>(centred_.size())); }

 private:
  /// What all measurements with the same observations share.
  struct Condition {
    Eigen::LLT<Eigen::MatrixXd> factor;  // of the covariance of these observations
    solver::Vector distances;            // of the training measurements, squared, ascending
    solver::Matrix noise_axes;   // [n_on, k] standard coordinates to what is mostly noise, unit variance
    solver::Vector noise_sizes;  // squared, of the training measurements, ascending
  };
  Condition condition(const std::vector<Eigen::Index>& on) const;
  void add_noise_check(const std::vector<Eigen::Index>& on, Condition& condition) const;
  /// @param measurement [1, n_observations], of which `on`, at least one, are there
  TrainingDistance distance(const std::vector<Eigen::Index>& on, const Condition& among,
                            const problem::Measurements& measurement) const;
  void check_noise(const std::vector<Eigen::Index>& on, const Condition& among,
                   const problem::Measurements& measurement, TrainingDistance& distance) const;

  solver::Matrix centred_;  // [n, n_observations] noisy, less their mean
  Eigen::RowVectorXd mean_;
  solver::Matrix covariance_;
  // In the noise's standard coordinates; null unless it is additive and not 0.
  std::shared_ptr<const problem::Noise> noise_;
  solver::Matrix standard_;  // [n, n_observations] noisy, less the mean
  Eigen::RowVectorXd standard_mean_;
  solver::Matrix signal_;  // [n_observations, n_observations] covariance without noise
};

}  // namespace scorefem::posterior
