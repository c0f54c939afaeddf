// Ranks, simulation-based calibration, expected coverage, TARP, the predictive check and the gates on
// Gaussian posteriors whose calibration is known.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "pipeline/base/errors.h"
#include "pipeline/base/streams.h"
#include "pipeline/calibration/expected_coverage.h"
#include "pipeline/calibration/gates.h"
#include "pipeline/calibration/predictive_check.h"
#include "pipeline/calibration/simulation_based_calibration.h"
#include "pipeline/calibration/tarp.h"
#include "priors.h"

namespace scorefem {
namespace {

using diffusion::CounterRandom;
using diffusion::Stream;
using solver::Matrix;
using solver::Vector;

constexpr double kLevel = 0.01;

Matrix normals(std::uint64_t seed, std::uint64_t index, Eigen::Index rows, Eigen::Index columns) {
  Matrix values(rows, columns);
  CounterRandom(seed, Stream::user).normals(index, values.data(), static_cast<std::size_t>(values.size()));
  return values;
}

/// Truths N(0, C) with unit variances and one correlation; samples with an error in one respect.
struct Posterior {
  double bias = 0;           // of the samples
  double spread = 1;         // their standard deviation
  double correlation = 0.7;  // theirs; the truth's is 0.7
  Eigen::Index n_segments = 5;
  Eigen::Index n_samples = 60;

  Matrix correlated(const Matrix& z, double rho) const {
    Matrix c = Matrix::Constant(n_segments, n_segments, rho);
    c.diagonal().setOnes();
    const Matrix root = c.llt().matrixL();
    return z * root.transpose();
  }

  /// Truth in row 0, samples below.
  Matrix draw(std::uint64_t seed, std::uint64_t index) const {
    const Matrix z = normals(seed, index, n_samples + 1, n_segments);
    Matrix values(n_samples + 1, n_segments);
    values.row(0) = correlated(z.topRows(1), 0.7);
    values.bottomRows(n_samples) = (spread * correlated(z.bottomRows(n_samples), correlation)).array() + bias;
    return values;
  }

  calibration::RankCounts counts(std::uint64_t seed, int n,
                                 int n_stand_ins = calibration::RankCounts::kStandIns) const {
    calibration::RankCounts result(n_segments, seed, n_stand_ins);
    const CounterRandom order(seed, base::streams::rank_order);
    for (int i = 0; i < n; ++i) {
      const auto index = static_cast<std::uint64_t>(i);
      result.add(calibration::uniform_ranks(draw(seed, index), order, index), index);
    }
    return result;
  }

  calibration::RankCounts tarp_counts(std::uint64_t seed, int n) const {
    calibration::RankCounts result(1, seed);
    const CounterRandom order(seed, base::streams::rank_order);
    const CounterRandom reference(seed, base::streams::tarp_reference);
    for (int i = 0; i < n; ++i) {
      const auto index = static_cast<std::uint64_t>(i);
      const Matrix distance = calibration::squared_distance_to_reference(
          draw(seed, index), Vector::Zero(n_segments), Vector::Ones(n_segments), reference, index);
      result.add(calibration::uniform_ranks(distance, order, index), index);
    }
    return result;
  }
};

TEST(CalibrationTest, CalibratedPosteriorPasses) {
  const calibration::RankCounts counts = Posterior().counts(3, 300);
  const calibration::UniformityTest test = calibration::test_uniformity(counts, kLevel);
  EXPECT_GT(test.p_value, kLevel);
  for (Eigen::Index j = 0; j < test.difference.cols(); ++j) {
    EXPECT_TRUE((test.difference.col(j).array() >= test.low.array()).all());
    EXPECT_TRUE((test.difference.col(j).array() <= test.high.array()).all());
  }
  const calibration::ExpectedCoverage coverage = calibration::expected_coverage(counts, kLevel);
  EXPECT_TRUE((coverage.share.array() >= coverage.low.array()).all());
  EXPECT_TRUE((coverage.share.array() <= coverage.high.array()).all());
  EXPECT_NEAR(coverage.level(coverage.at_standard_deviations(1)), 0.6827, 1e-4);
  EXPECT_NEAR(coverage.level(coverage.at_standard_deviations(2)), 0.9545, 1e-4);
  EXPECT_GT(calibration::test_uniformity(Posterior().tarp_counts(3, 300), kLevel).p_value, kLevel);
}

TEST(CalibrationTest, OverAndUnderconfidentAndBiasedPosteriorsFail) {
  for (const double spread : {0.6, 1.6}) {
    Posterior wrong;
    wrong.spread = spread;
    const calibration::RankCounts counts = wrong.counts(4, 300);
    EXPECT_LT(calibration::test_uniformity(counts, kLevel).p_value, kLevel);
    EXPECT_LT(calibration::test_uniformity(wrong.tarp_counts(4, 300), kLevel).p_value, kLevel);
    const calibration::ExpectedCoverage coverage = calibration::expected_coverage(counts, kLevel);
    // Exact share of the truths within the interval: P(|z| <= spread), up to the 60 samples' own error.
    const Eigen::Index one = coverage.at_standard_deviations(1);
    EXPECT_NEAR(coverage.share(one), std::erf(spread / std::sqrt(2.0)), 0.05);
    EXPECT_TRUE(spread < 1 ? coverage.share(one) < coverage.low(one)
                           : coverage.share(one) > coverage.high(one));
  }
  Posterior biased;
  biased.bias = 0.5;
  const calibration::UniformityTest test = calibration::test_uniformity(biased.counts(4, 300), kLevel);
  EXPECT_LT(test.p_value, kLevel);
  // Too large samples: too many truths at low ranks, beyond the upper end of the band.
  EXPECT_TRUE((test.difference.col(test.worst).array() > test.high.array()).any());
}

TEST(CalibrationTest, TarpSeesCorrelationsThatMarginsDoNotShow) {
  Posterior wrong;
  wrong.correlation = 0;
  EXPECT_GT(calibration::test_uniformity(wrong.counts(5, 500), kLevel).p_value, kLevel);
  EXPECT_LT(calibration::test_uniformity(wrong.tarp_counts(5, 500), kLevel).p_value, kLevel);
}

TEST(CalibrationTest, FalsePositivesAreAsRareAsTheLevelSays) {
  // Strongly dependent segments, few measurements: where a binomial band over all of them would be wrong.
  constexpr int kDataSets = 200;
  constexpr double kWide = 0.05;
  Posterior posterior;
  posterior.n_samples = 30;
  int uniformity = 0, coverage_one = 0;
  for (int k = 0; k < kDataSets; ++k) {
    const calibration::RankCounts counts = posterior.counts(static_cast<std::uint64_t>(100 + k), 40, 199);
    if (calibration::test_uniformity(counts, kWide).p_value < kWide) ++uniformity;
    const calibration::ExpectedCoverage coverage = calibration::expected_coverage(counts, kWide);
    const Eigen::Index one = coverage.at_standard_deviations(1);
    if (coverage.share(one) < coverage.low(one) || coverage.share(one) > coverage.high(one)) ++coverage_one;
  }
  // Expected: 10 with a standard deviation of 3.1; four of them. The statistics are discrete, so at most the
  // level.
  EXPECT_LE(uniformity, 22);
  EXPECT_LE(coverage_one, 22);
  EXPECT_GE(uniformity, 1);
  EXPECT_GE(coverage_one, 1);
}

TEST(PredictiveCheckTest, KnownValues) {
  Matrix predicted(2, 3);
  predicted << 1, 2, 3, NAN, 2, 3;
  Matrix given(1, 3);
  given << 3, NAN, 2;
  const auto measurement = problem::Measurements::from_nan(given);
  const Matrix values = calibration::chi_squared(predicted, measurement, *gaussian_noise(0.5));
  EXPECT_DOUBLE_EQ(values(0, 0), 16 + 4);
  EXPECT_TRUE(std::isinf(values(1, 0)));
  EXPECT_EQ(measurement.n_there(0), 2);
  // With two degrees of freedom the tail probability is exp(-x / 2).
  EXPECT_NEAR(calibration::predictive_p_value(values.topRows(1), 2), std::exp(-10), 1e-12);
  EXPECT_NEAR(calibration::predictive_p_value(values, 2), 0.5 * std::exp(-10), 1e-12);
}

TEST(GatesTest, TheExactAnswersVerdictStandsBeside) {
  const auto calibration = [](const Posterior& posterior) {
    const calibration::RankCounts counts = posterior.counts(6, 200), distance = posterior.tarp_counts(6, 200);
    return calibration::Calibration{calibration::expected_coverage(counts, calibration::kGateLevel),
                                    calibration::test_uniformity(counts, calibration::kGateLevel),
                                    calibration::test_uniformity(distance, calibration::kGateLevel), 60,
                                    std::nullopt};
  };
  Posterior wide;
  wide.spread = 1.6;
  const std::vector<calibration::Gate> learnt = calibration::gates(calibration(wide),
                                                                   problem::numbered_layout("theta", 5)),
                                       exact = calibration::gates(calibration(Posterior()),
                                                                  problem::numbered_layout("theta", 5));
  const nlohmann::json both = calibration::to_json(learnt, exact);
  ASSERT_EQ(both.size(), 4u);
  for (std::size_t k = 0; k < both.size(); ++k) {
    EXPECT_EQ(both[k].at("name"), learnt[k].name);
    EXPECT_EQ(both[k].at("statistic"), learnt[k].statistic);
    EXPECT_FALSE(both[k].at("pass"));
    EXPECT_EQ(both[k].at("exact").at("statistic"), exact[k].statistic);
    EXPECT_EQ(both[k].at("exact").at("band").at(0), exact[k].low);
    EXPECT_TRUE(both[k].at("exact").at("pass"));
  }
  EXPECT_FALSE(calibration::all_pass(both));
  EXPECT_TRUE(calibration::to_json(learnt, {})[0].at("exact").is_null());
  EXPECT_TRUE(calibration::all_pass(calibration::to_json({}, {})));
}

/// A gate says what it notices, and a posterior that is wrong by that much fails it about every other time.
TEST(GatesTest, SayWhatTheyNotice) {
  Posterior exact;
  const calibration::RankCounts counts = exact.counts(7, 300);
  const calibration::UniformityTest test = calibration::test_uniformity(counts, 0.01);
  const calibration::Detectable detects = calibration::detectable(test, static_cast<int>(exact.n_samples));
  ASSERT_TRUE(detects.can_tell());
  ASSERT_GT(detects.wide, 1.05);
  ASSERT_LT(detects.wide, 1.6);
  int rejected = 0;
  constexpr int kTrials = 40;
  for (int k = 0; k < kTrials; ++k) {
    Posterior wide;
    wide.spread = detects.wide;
    rejected +=
        calibration::test_uniformity(wide.counts(static_cast<std::uint64_t>(100 + k), 300), 0.01).p_value <
                0.01
            ? 1
            : 0;
  }
  // At least even odds, as any of five unknowns may show it: below 11 of 40 once in 500 series.
  EXPECT_GE(rejected, 11);
}

/// The truths are among the sets that stand in for them: with one measurement no truth is rare enough, though
/// the shares of many independent unknowns lie close together.
TEST(GatesTest, CannotTellFromOneMeasurementWithATruthFarOff) {
  for (const Eigen::Index n_samples : {2, 20}) {
    Posterior off;
    off.bias = 20;
    off.correlation = 0;
    off.n_segments = 30;
    off.n_samples = n_samples;
    const calibration::RankCounts one = off.counts(7, 1);
    const calibration::UniformityTest test = calibration::test_uniformity(one, calibration::kGateLevel);
    const calibration::ExpectedCoverage coverage =
        calibration::expected_coverage(one, calibration::kGateLevel);
    // Of two samples every truth is within the interval that they give.
    if (n_samples > 2) {
      EXPECT_LT(coverage.share(coverage.at_standard_deviations(1)), 0.8);
    }
    const calibration::Calibration few{coverage, test, test, static_cast<int>(n_samples), std::nullopt};
    const nlohmann::json gates =
        calibration::to_json(calibration::gates(few, problem::numbered_layout("theta", 30)), {});
    for (const nlohmann::json& gate : gates) {
      EXPECT_FALSE(gate.at("pass")) << gate << ", " << n_samples << " samples";
      EXPECT_EQ(gate.at("verdict"), "not enough measurements to tell") << gate;
    }
    EXPECT_FALSE(calibration::any_fails(gates));
  }
}

TEST(GatesTest, ExpectedShareOfRanksIsThatOfSimulatedOnes) {
  Posterior wide;
  wide.spread = 1.5;
  wide.n_samples = 10;
  constexpr int kMeasurements = 4000;
  const calibration::RankCounts counts = wide.counts(7, kMeasurements);
  const std::vector<double>& edges = calibration::RankCounts::edges();
  const std::vector<int> below = counts.below(0, 0);
  for (std::size_t k = 0; k < edges.size(); ++k) {
    const double expected = calibration::expected_rank_share(edges[k], 1.5, 10);
    EXPECT_NEAR(static_cast<double>(below[k]) / kMeasurements, expected,
                4 * std::sqrt(expected * (1 - expected) / kMeasurements))
        << edges[k];
  }
}

}  // namespace
}  // namespace scorefem
