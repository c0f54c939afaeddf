#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "pipeline/calibration/expected_coverage.h"
#include "pipeline/calibration/simulation_based_calibration.h"
#include "pipeline/truth/gaussian_posterior.h"

namespace scorefem::calibration {

/// Measurements whose truth is known.
struct TestCases {
  solver::Matrix truth;          //!< [n, n_segments], flux
  solver::Matrix concentration;  //!< [n, n_sensors], noise-free
  solver::Matrix measurement;    //!< [n, n_sensors], concentration, NaN where a sensor is off
  double noise_std = 0;          //!< concentration
  solver::Vector flux_mean;      //!< [n_segments] of the prior, for standardised coordinates
  solver::Vector flux_std;       //!< [n_segments] > 0
  std::uint64_t seed = 0;
};

/// One way to answer: posterior samples for some of the measurements, of which one at a time is held in
/// memory.
struct Answer {
  std::function<bool(Eigen::Index)> has;
  std::function<solver::Matrix(Eigen::Index)> samples;  //!< [n_samples, n_segments], flux
};

/// The forward problem for the predictive check, and how much of it is affordable.
struct PredictiveModel {
  std::function<solver::Matrix(const solver::Matrix&)>
      observe;                  //!< fluxes to concentrations, NaN where it failed
  Eigen::Index n_measurements;  //!< at most so many are checked
  Eigen::Index n_samples;       //!< of each, at most
};

/// What is known without any reference.
struct Calibration {
  ExpectedCoverage coverage;                 //!< of the segments
  UniformityTest segments;                   //!< simulation-based calibration
  UniformityTest tarp;                       //!< of the distance to a random point
  std::optional<UniformityTest> predictive;  //!< of the likelihood; none without noise or model
};

/// What one way to answer is worth. Rows of measurements that it does not answer are NaN.
struct AnswerMeasures {
  std::vector<Eigen::Index> measurements;  //!< that are answered, ascending
  truth::PosteriorMoments moments;         //!< of the samples
  solver::Matrix crps;                     //!< [n, n_segments], flux
  solver::Vector energy_score;             //!< [n], of fluxes in units of flux_std
  solver::Vector chi_squared;              //!< [n] mean over samples and sensors on; NaN where not checked
  Eigen::Index failed_solves = 0;          //!< of the predictive check; such a sample has likelihood 0
  std::optional<Calibration> calibration;  //!< none if no measurement is answered
};

/// @param level of each test of the calibration
AnswerMeasures measure(const Answer& answer, const TestCases& cases,
                       const std::optional<PredictiveModel>& model, double level);

}  // namespace scorefem::calibration
