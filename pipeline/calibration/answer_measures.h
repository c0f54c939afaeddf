#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "pipeline/base/posterior_moments.h"
#include "pipeline/calibration/expected_coverage.h"
#include "pipeline/calibration/simulation_based_calibration.h"
#include "pipeline/problem/noise.h"

namespace scorefem::calibration {

/// Measurements whose truth is known.
struct TestCases {
  solver::Matrix truth;               //!< [n, n_unknowns]
  solver::Matrix observations;        //!< [n, n_observations], noise-free
  problem::Measurements measurement;  //!< [n, n_observations]
  std::shared_ptr<const problem::Noise> noise;
  solver::Vector prior_mean;  //!< [n_unknowns] for standardised coordinates
  solver::Vector prior_std;   //!< [n_unknowns] > 0
  std::uint64_t seed = 0;

  /// Whether measurements have no randomness at all: a posterior is a point then, with neither ranks nor
  /// intervals.
  bool deterministic() const { return noise->level() == 0 && !noise->is_unknown(); }
};

/// One way to answer: posterior samples for some of the measurements, of which one at a time is held in
/// memory.
struct Answer {
  std::function<bool(Eigen::Index)> has;
  std::function<solver::Matrix(Eigen::Index)> samples;  //!< [n_samples, n_unknowns]
};

/// The forward problem for the predictive check, and how much of it is affordable.
struct PredictiveModel {
  std::function<solver::Matrix(const solver::Matrix&)>
      observe;                  //!< unknowns to observations, NaN where it failed
  Eigen::Index n_measurements;  //!< at most so many are checked
  Eigen::Index n_samples;       //!< of each, at most
};

/// What is known without any reference.
struct Calibration {
  ExpectedCoverage coverage;                 //!< of the unknowns
  UniformityTest unknowns;                   //!< simulation-based calibration
  UniformityTest tarp;                       //!< of the distance to a random point
  int n_samples = 0;                         //!< of a posterior, the fewest
  std::optional<UniformityTest> predictive;  //!< of the likelihood; none without noise or model
};

/// What one way to answer is worth. Rows of measurements that it does not answer are NaN.
struct AnswerMeasures {
  std::vector<Eigen::Index> measurements;  //!< that are answered, ascending
  base::PosteriorMoments moments;          //!< of the samples
  solver::Matrix crps;                     //!< [n, n_unknowns]
  solver::Vector energy_score;             //!< [n], of unknowns in units of prior_std
  solver::Vector chi_squared;              //!< [n] mean over samples and observations; NaN where not checked
  Eigen::Index failed_solves = 0;          //!< of the predictive check; such a sample has likelihood 0
  std::optional<Calibration> calibration;  //!< none if no measurement is answered
};

/// @param level of each test of the calibration
AnswerMeasures measure(const Answer& answer, const TestCases& cases,
                       const std::optional<PredictiveModel>& model, double level);

}  // namespace scorefem::calibration
