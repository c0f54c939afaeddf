#pragma once

#include <vector>

#include "diffusion/model/gaussian_conditional.h"
#include "diffusion/numerics/counter_random.h"
#include "pipeline/dataset/dataset.h"
#include "pipeline/dataset/flux_prior.h"

namespace scorefem::truth {

/// Moments of flux and noise-free concentration: of the training samples that have a solution, or of the
/// prior before it is clipped, with the response of the linear problem.
diffusion::JointMoments fitted_moments(const dataset::Dataset& dataset);
diffusion::JointMoments prior_moments(const dataset::FluxPrior& prior, const solver::Matrix& response);

/// The plain Gaussian answer: a joint Gaussian of flux and concentration, conditioned on each measurement,
/// its samples clipped at 0 as fluxes are.
class ClippedGaussian {
 public:
  /// @param measurement [n, n_sensors], concentration, NaN where a sensor is off
  /// @param random of the samples; index: measurement
  ClippedGaussian(const diffusion::JointMoments& moments, const solver::Matrix& measurement, double noise_std,
                  const diffusion::CounterRandom& random);

  /// Samples [n, n_segments] of one measurement, flux; those of a smaller n come first.
  solver::Matrix samples(Eigen::Index measurement, Eigen::Index n) const;
  /// Fluxes [n, n_segments] less the mean of the Gaussian before it is clipped, in its standard deviations.
  solver::Matrix standardised(Eigen::Index measurement, const solver::Matrix& flux) const;

 private:
  /// What all measurements with the same sensors on share.
  struct Condition {
    solver::Matrix gain;        // [n_sensors, n_segments]
    solver::Matrix root;        // [n_segments, n_segments] symmetric, of the covariance
    Eigen::RowVectorXd stddev;  // [n_segments]
  };

  diffusion::CounterRandom random_;
  solver::Matrix mean_;  // [n, n_segments]
  std::vector<std::size_t> condition_of_;
  std::vector<Condition> conditions_;
};

}  // namespace scorefem::truth
