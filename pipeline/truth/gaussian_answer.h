#pragma once

#include <functional>
#include <vector>

#include "diffusion/model/gaussian_conditional.h"
#include "diffusion/numerics/counter_random.h"
#include "pipeline/dataset/dataset.h"
#include "pipeline/dataset/network_coordinates.h"
#include "pipeline/dataset/observation_encoding.h"
#include "pipeline/problem/measurements.h"
#include "pipeline/problem/noise.h"
#include "pipeline/problem/prior.h"

namespace scorefem::truth {

/// Moments of unknowns, in the network's coordinates, and observations as pairs hold them
/// (dataset/tensor_copy.h): of the training samples that have a solution, of which a block at a time is held.
diffusion::JointMoments fitted_moments(const dataset::Dataset& dataset, const problem::Noise& noise,
                                       const dataset::NetworkCoordinates& coordinates,
                                       const dataset::ObservationEncoding& encoding);
/// The same of the prior's Gaussian vector and a linear model.
/// @param response G [n_observations, n_unknowns] in standard coordinates
diffusion::JointMoments prior_moments(const problem::Prior& prior, const solver::Matrix& response);

/// The plain Gaussian answer: a joint Gaussian of unknowns and observations, conditioned on each measurement,
/// its samples brought within the bounds of the unknowns.
class GaussianAnswer {
 public:
  using Map = std::function<solver::Matrix(const solver::Matrix&)>;
  /// @param measurement [n, n_observations], standard coordinates
  /// @param level of the noise in standard coordinates
  /// @param to_unknowns of the Gaussian's samples [n, n_unknowns]
  /// @param to_coordinates its inverse, as far as there is one
  /// @param random of the samples; index: measurement
  GaussianAnswer(const diffusion::JointMoments& moments, const problem::Measurements& measurement,
                 double level, Map to_unknowns, Map to_coordinates, const diffusion::CounterRandom& random);

  /// Samples [n, n_unknowns] of one measurement; those of a smaller n come first.
  solver::Matrix samples(Eigen::Index measurement, Eigen::Index n) const;
  /// Unknowns [n, n_unknowns] as deviations from the mean of the Gaussian, in its standard deviations.
  solver::Matrix standardised(Eigen::Index measurement, const solver::Matrix& unknowns) const;

 private:
  /// What all measurements with the same observations share.
  struct Condition {
    solver::Matrix gain;        // [n_observations, n_unknowns]
    solver::Matrix root;        // [n_unknowns, n_unknowns] symmetric, of the covariance
    Eigen::RowVectorXd stddev;  // [n_unknowns]
  };

  Map to_unknowns_, to_coordinates_;
  diffusion::CounterRandom random_;
  solver::Matrix mean_;  // [n, n_unknowns]
  std::vector<std::size_t> condition_of_;
  std::vector<Condition> conditions_;
};

}  // namespace scorefem::truth
