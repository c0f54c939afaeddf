// Scores and sliced transport against closed forms for Gaussians; answers compared with exact ones.
#include "pipeline/calibration/scores.h"
#include "priors.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "diffusion/numerics/counter_random.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/streams.h"
#include "pipeline/calibration/gates.h"
#include "pipeline/calibration/sliced_transport.h"
#include "pipeline/report/comparison.h"

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
  EXPECT_DOUBLE_EQ(calibration::crps(samples, Vector::Constant(1, 2))(0), 1 - 0.5 * 2);
}

/// Deviation of the mean of independent scores from what is expected, in its standard errors.
double deviation(const Vector& scores, double expected) {
  const double mean = scores.mean(), n = static_cast<double>(scores.size());
  return (mean - expected) / std::sqrt((scores.array() - mean).square().sum() / (n * (n - 1)));
}

// Scores of ten samples each: an estimate with a bias in their number is noticed.
constexpr Eigen::Index kFew = 10, kScores = 4000;

TEST(ScoresTest, CrpsOfAGaussian) {
  const Matrix samples = normals(0, kFew, kScores);
  for (const double truth : {-1.0, 0.5, 2.0}) {
    const Vector at = Vector::Constant(kScores, truth);
    EXPECT_LT(std::abs(deviation(calibration::crps(samples, at), crps_of_normal(truth))), 4) << truth;
  }
  // So is a width that is 20 % off.
  EXPECT_GT(deviation(calibration::crps(1.2 * samples, Vector::Constant(kScores, 0.5)), crps_of_normal(0.5)),
            4);
}

TEST(ScoresTest, EnergyScoreEqualsCrpsInOneDimension) {
  const Matrix samples = normals(1, 50, 1);
  const Vector truth = Vector::Constant(1, 0.3);
  EXPECT_NEAR(calibration::energy_score(samples, truth, Vector::Ones(1), 49),
              calibration::crps(samples, truth)(0), 1e-12);
}

TEST(ScoresTest, EnergyScoreOfAGaussian) {
  // At its centre: E|Z| - E|sqrt(2) Z| / 2 with E|Z| = sqrt(2) Gamma((d + 1) / 2) / Gamma(d / 2).
  constexpr Eigen::Index kDimension = 4;
  const double norm = std::sqrt(2.0) * std::tgamma(2.5) / std::tgamma(2.0);
  const Vector scale = Vector::Constant(kDimension, 2);
  const Matrix samples = 2 * normals(2, kFew * kScores, kDimension);
  Vector scores(kScores);
  for (Eigen::Index i = 0; i < kScores; ++i)
    scores(i) =
        calibration::energy_score(samples.middleRows(kFew * i, kFew), Vector::Zero(kDimension), scale);
  EXPECT_LT(std::abs(deviation(scores, norm * (1 - std::sqrt(0.5)))), 4);
}

TEST(ScoresTest, WhatIsNotFiniteIsRefused) {
  const Matrix good = normals(0, 20, 3);
  const Vector truth = Vector::Zero(3), scale = Vector::Ones(3);
  for (const double value : {std::nan(""), HUGE_VAL}) {
    Matrix broken = good;
    broken(7, 1) = value;
    Vector broken_truth = truth;
    broken_truth(2) = value;
    EXPECT_THROW(calibration::crps(broken, truth), base::InputError);
    EXPECT_THROW(calibration::crps(good, broken_truth), base::InputError);
    EXPECT_THROW(calibration::energy_score(broken, truth, scale), base::InputError);
    EXPECT_THROW(calibration::energy_score(good, broken_truth, scale), base::InputError);
    EXPECT_THROW(calibration::sliced_transport(good, broken, calibration::random_directions(3, 5, 1)),
                 base::InputError);
    EXPECT_THROW(calibration::sliced_transport(broken, good, calibration::random_directions(3, 5, 1)),
                 base::InputError);
  }
}

TEST(SlicedTransportTest, IsTheMeanProjectionOfAShift) {
  const Matrix first = normals(3, 200, 3);
  Matrix second = first;
  Vector shift(3);
  shift << 1, -2, 0.5;
  second.rowwise() += shift.transpose();
  const Matrix directions = calibration::random_directions(3, 20000, 1);
  EXPECT_NEAR((directions.colwise().norm().array() - 1).abs().maxCoeff(), 0, 1e-12);
  EXPECT_NEAR(calibration::sliced_transport(first, second, directions),
              (shift.transpose() * directions).cwiseAbs().mean(), 1e-12);
  // In three dimensions the projection of a unit vector is uniform on (-1, 1): mean 1/2, variance 1/12.
  EXPECT_NEAR((shift.transpose() * directions).cwiseAbs().mean() / shift.norm(), 0.5,
              4 * std::sqrt(1.0 / 12 / 20000));
}

TEST(SlicedTransportTest, FloorOfEqualDistributionsIsSmall) {
  const Matrix directions = calibration::random_directions(3, 50, 1);
  const double floor = calibration::sliced_transport(normals(4, 1000, 3), normals(5, 1000, 3), directions);
  EXPECT_GT(floor, 0);
  EXPECT_LT(floor, 0.1);  // about sqrt(2 / 1000) for one direction
  EXPECT_GT(calibration::sliced_transport(normals(4, 1000, 3), 2 * normals(5, 1000, 3), directions),
            5 * floor);
}

/// A reference for so many measurements of all fluxes with noise, and a learnt answer that is as good but for
/// its width.
nlohmann::json compared(Eigen::Index n, double width) {
  constexpr Eigen::Index kSamples = 100;
  constexpr double kNoise = 0.5;
  constexpr double kMean = 20;  // far from the clipping point
  const auto prior = channel_prior("mean: 20");
  const Eigen::Index d = prior->size();
  calibration::TestCases cases;
  cases.truth = cases.observations = prior->draw(1, 0, n);
  cases.measurement = problem::Measurements(cases.truth + kNoise * normals(6, n, d));
  cases.noise = gaussian_noise(kNoise);
  cases.prior_mean = Vector::Constant(d, kMean);
  cases.prior_std = Vector::Ones(d);
  const auto answer = [&](std::uint32_t index) {
    const auto clip = [](const Matrix& x) -> Matrix { return x.cwiseMax(0.0); };
    const auto same = [](const Matrix& x) { return x; };
    return truth::GaussianAnswer(truth::prior_moments(*prior, Matrix::Identity(d, d)), cases.measurement,
                                 kNoise, clip, same,
                                 diffusion::CounterRandom(1, base::streams::gaussian_answer, index));
  };
  const truth::GaussianAnswer fit = answer(0), exact_fit = answer(1), learnt_fit = answer(2);
  const auto always = [](Eigen::Index) { return true; };
  const calibration::Answer gaussian{always, [&](Eigen::Index i) { return fit.samples(i, kSamples); }};
  const calibration::Answer learnt{always, [&](Eigen::Index i) -> Matrix {
                                     const Matrix samples = learnt_fit.samples(i, kSamples);
                                     const Eigen::RowVectorXd mean = samples.colwise().mean();
                                     return (width * (samples.rowwise() - mean)).rowwise() + mean;
                                   }};
  report::ExactAnswer exact{
      "reference", "", {always, [&](Eigen::Index i) { return exact_fit.samples(i, kSamples); }}, {}};
  const auto measures = [&](const calibration::Answer& one) {
    return calibration::measure(one, cases, std::nullopt, calibration::kGateLevel);
  };
  const calibration::AnswerMeasures of_learnt = measures(learnt), of_exact = measures(exact.answer);
  const calibration::AnswerMeasures of_gaussian = measures(gaussian);
  exact.moments = of_exact.moments;
  const report::Answers answers{learnt, of_learnt, exact, of_exact, gaussian, of_gaussian, fit};
  return report::compare(
      answers, cases, report::transport_costs(answers, cases), report::equal_draws(learnt, exact, cases),
      report::equal_draws(gaussian, exact, cases), {Vector::Constant(d, kMean), Vector::Ones(d), ""});
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
