// Scores and sliced transport against closed forms for Gaussians; answers compared with exact ones.
#include "pipeline/calibration/scores.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "diffusion/counter_random.h"
#include "pipeline/calibration/sliced_transport.h"
#include "pipeline/comparison.h"
#include "pipeline/errors.h"
#include "pipeline/gates.h"

namespace scorefem {
namespace {

using solver::Matrix;
using solver::Vector;

const double kPi = std::acos(-1.0);

Matrix normals(std::uint64_t index, Eigen::Index rows, Eigen::Index columns) {
  Matrix values(rows, columns);
  diffusion::CounterRandom(1, diffusion::Stream::user)
      .normals(index, values.data(), static_cast<std::size_t>(values.size()));
  return values;
}

/// CRPS of N(0, 1) against x (Gneiting and Raftery 2007, Eq. (21)).
double crps_of_normal(double x) {
  const double density = std::exp(-x * x / 2) / std::sqrt(2 * kPi);
  return x * std::erf(x / std::sqrt(2.0)) + 2 * density - 1 / std::sqrt(kPi);
}

TEST(ScoresTest, CrpsOfAFewSamplesByHand) {
  Matrix samples(3, 1);
  samples << 4, 1, 2;
  // Mean distance to 2 is 1; the three pairs are 1, 2 and 3 apart.
  EXPECT_DOUBLE_EQ(crps(samples, Vector::Constant(1, 2))(0), 1 - 0.5 * 2);
}

TEST(ScoresTest, CrpsOfAGaussian) {
  constexpr Eigen::Index kSamples = 40000;
  const Matrix samples = normals(0, kSamples, 3);
  const Vector truth = Vector::LinSpaced(3, -1, 2);
  const Vector scores = crps(samples, truth);
  // The standard deviation of |X - x| is at most 1: four standard errors, with as much for the other mean.
  for (Eigen::Index j = 0; j < 3; ++j)
    EXPECT_NEAR(scores(j), crps_of_normal(truth(j)), 4 * 1.5 / std::sqrt(kSamples));
}

TEST(ScoresTest, EnergyScoreEqualsCrpsInOneDimension) {
  const Matrix samples = normals(1, 50, 1);
  const Vector truth = Vector::Constant(1, 0.3);
  EXPECT_NEAR(energy_score(samples, truth, Vector::Ones(1), 49), crps(samples, truth)(0), 1e-12);
}

TEST(ScoresTest, EnergyScoreOfAGaussian) {
  // At its centre: E|Z| - E|sqrt(2) Z| / 2 with E|Z| = sqrt(2) Gamma((d + 1) / 2) / Gamma(d / 2).
  constexpr Eigen::Index kSamples = 40000, kDimension = 4;
  const double norm = std::sqrt(2.0) * std::tgamma(2.5) / std::tgamma(2.0);
  const Vector scale = Vector::Constant(kDimension, 2);
  const Matrix samples = 2 * normals(2, kSamples, kDimension);
  EXPECT_NEAR(energy_score(samples, Vector::Zero(kDimension), scale), norm * (1 - std::sqrt(0.5)),
              4 * 1.5 / std::sqrt(kSamples));
}

TEST(ScoresTest, WhatIsNotFiniteIsRefused) {
  const Matrix good = normals(0, 20, 3);
  const Vector truth = Vector::Zero(3), scale = Vector::Ones(3);
  for (const double value : {std::nan(""), HUGE_VAL}) {
    Matrix broken = good;
    broken(7, 1) = value;
    Vector broken_truth = truth;
    broken_truth(2) = value;
    EXPECT_THROW(crps(broken, truth), InputError);
    EXPECT_THROW(crps(good, broken_truth), InputError);
    EXPECT_THROW(energy_score(broken, truth, scale), InputError);
    EXPECT_THROW(energy_score(good, broken_truth, scale), InputError);
    EXPECT_THROW(sliced_transport(good, broken, random_directions(3, 5, 1)), InputError);
    EXPECT_THROW(sliced_transport(broken, good, random_directions(3, 5, 1)), InputError);
  }
}

TEST(SlicedTransportTest, IsTheMeanProjectionOfAShift) {
  const Matrix first = normals(3, 200, 3);
  Matrix second = first;
  Vector shift(3);
  shift << 1, -2, 0.5;
  second.rowwise() += shift.transpose();
  const Matrix directions = random_directions(3, 20000, 1);
  EXPECT_NEAR((directions.colwise().norm().array() - 1).abs().maxCoeff(), 0, 1e-12);
  EXPECT_NEAR(sliced_transport(first, second, directions), (shift.transpose() * directions).cwiseAbs().mean(),
              1e-12);
  // In three dimensions the projection of a unit vector is uniform on (-1, 1): mean 1/2, variance 1/12.
  EXPECT_NEAR((shift.transpose() * directions).cwiseAbs().mean() / shift.norm(), 0.5,
              4 * std::sqrt(1.0 / 12 / 20000));
}

TEST(SlicedTransportTest, FloorOfEqualDistributionsIsSmall) {
  const Matrix directions = random_directions(3, 50, 1);
  const double floor = sliced_transport(normals(4, 1000, 3), normals(5, 1000, 3), directions);
  EXPECT_GT(floor, 0);
  EXPECT_LT(floor, 0.1);  // about sqrt(2 / 1000) for one direction
  EXPECT_GT(sliced_transport(normals(4, 1000, 3), 2 * normals(5, 1000, 3), directions), 5 * floor);
}

/// A reference for so many measurements of all fluxes with noise, and a learnt answer that is as good but for
/// its width.
nlohmann::json compared(Eigen::Index n, double width) {
  constexpr Eigen::Index kSamples = 100;
  constexpr double kNoise = 0.5;
  FluxPriorOptions options;
  options.mean = 20;  // far from the clipping point
  const FluxPrior prior(options, {});
  const Eigen::Index d = prior.covariance().rows();
  TestCases cases;
  cases.truth = cases.concentration = prior.draw(1, 0, n);
  cases.measurement = cases.truth + kNoise * normals(6, n, d);
  cases.noise_std = kNoise;
  cases.flux_mean = Vector::Constant(d, options.mean);
  cases.flux_std = Vector::Ones(d);
  const auto answer = [&](std::uint32_t index) {
    return ClippedGaussian(prior_moments(prior, Matrix::Identity(d, d)), cases.measurement, kNoise,
                           diffusion::CounterRandom(1, diffusion::Stream::clipped_gaussian, index));
  };
  const ClippedGaussian fit = answer(0), exact_fit = answer(1), learnt_fit = answer(2);
  const auto always = [](Eigen::Index) { return true; };
  const Answer gaussian{always, [&](Eigen::Index i) { return fit.samples(i, kSamples); }};
  const Answer learnt{always, [&](Eigen::Index i) -> Matrix {
                        const Matrix samples = learnt_fit.samples(i, kSamples);
                        const Eigen::RowVectorXd mean = samples.colwise().mean();
                        return (width * (samples.rowwise() - mean)).rowwise() + mean;
                      }};
  ExactAnswer exact{
      "reference", "", {always, [&](Eigen::Index i) { return exact_fit.samples(i, kSamples); }}, {}};
  const auto measures = [&](const Answer& one) { return measure(one, cases, std::nullopt, kGateLevel); };
  const AnswerMeasures of_learnt = measures(learnt), of_exact = measures(exact.answer);
  const AnswerMeasures of_gaussian = measures(gaussian);
  exact.moments = of_exact.moments;
  const Answers answers{learnt, of_learnt, exact, of_exact, gaussian, of_gaussian, fit};
  return compare(answers, cases, transport_costs(answers, cases), options.mean);
}

TEST(ComparisonTest, FewReferencesAreEnoughForTheTwoSampleTest) {
  const nlohmann::json same = compared(40, 1), wide = compared(40, 1.5);
  EXPECT_EQ(same.at("measurements"), 40);
  EXPECT_EQ(same.at("c2st_against"), "reference");
  // 2000 pairs of each: the standard error is 0.5 / sqrt(4000), if they were independent.
  EXPECT_NEAR(same.at("c2st").at("learnt").get<double>(), 0.5, 0.04);
  EXPECT_GT(wide.at("c2st").at("learnt").get<double>(), 0.65);
  EXPECT_NEAR(same.at("sliced_transport").at("learnt").get<double>(),
              same.at("sliced_transport").at("exact").get<double>(), 0.01);
  EXPECT_GT(wide.at("sliced_transport").at("learnt").get<double>(),
            1.3 * wide.at("sliced_transport").at("exact").get<double>());
  EXPECT_NEAR(wide.at("std_difference").at("learnt").get<double>(), 0.5, 0.05);
  EXPECT_TRUE(compared(29, 1).at("c2st").at("learnt").is_null());
}

}  // namespace
}  // namespace scorefem
