// How often the checks of `infer` warn of right measurements, and whether they notice values that are too
// small.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kept_pairs.h"
#include "pipeline/posterior/training_distance.h"
#include "priors.h"

namespace scorefem {
namespace {

using posterior::HeldOutSizes;
using posterior::TrainingDistance;
using posterior::TrainingMeasurements;
using problem::Measurements;
using solver::Matrix;
using solver::Vector;

constexpr double kNoise = 0.1;

/// Signals of ten directions, of which some are smaller than the noise, about a mean of 0.
KeptPairs signals(Eigen::Index n, Eigen::Index m, std::uint64_t seed) {
  constexpr Eigen::Index kDirections = 10;
  const Matrix map = normals(kDirections, m, 100, 0);
  Matrix unknowns = normals(n, kDirections, seed, 1);
  for (Eigen::Index k = 0; k < kDirections; ++k) unknowns.col(k) *= std::pow(0.5, k);
  return {unknowns * map, normals(n, m, seed, 2)};
}

/// Rows in the order of the first observation.
KeptPairs sorted(const KeptPairs& pairs) {
  std::vector<Eigen::Index> order(static_cast<std::size_t>(pairs.clean.rows()));
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](Eigen::Index a, Eigen::Index b) { return pairs.clean(a, 0) < pairs.clean(b, 0); });
  return {pairs.clean(order, Eigen::all), pairs.normal(order, Eigen::all)};
}

struct Case {
  const char* name;
  Eigen::Index n_observations, n_pairs;
  bool is_sorted, noise_is_added;
};

class FalseAlarms : public testing::TestWithParam<Case> {};

/// Shares of p-values of right measurements, over training sets.
struct Shares {
  double conspicuous = 0, noise_conspicuous = 0, tenth = 0, noise_tenth = 0;
};

TEST_P(FalseAlarms, AreAsManyAsStated) {
  constexpr int kSets = 4;
  constexpr Eigen::Index kRight = 1000;
  const Case& c = GetParam();
  Shares shares;
  Eigen::Index n_held = 0;
  for (std::uint64_t set = 0; set < kSets; ++set) {
    KeptPairs pairs = signals(c.n_pairs, c.n_observations, 10 + set);
    if (c.is_sorted) pairs = sorted(pairs);
    if (!c.noise_is_added) pairs.clean += kNoise * pairs.normal;
    const posterior::TrainingRows rows = pairs.rows();
    n_held = rows.clean.rows();
    const TrainingMeasurements training(rows, gaussian_noise(c.noise_is_added ? kNoise : 0), {});
    const KeptPairs right = signals(kRight, c.n_observations, 50 + set);
    constexpr double kShare = 1.0 / (kSets * kRight);
    for (const TrainingDistance& found : training.distances(Measurements(right.measured(kNoise)))) {
      shares.conspicuous += found.conspicuous ? kShare : 0;
      shares.noise_conspicuous += found.noise_conspicuous ? kShare : 0;
      shares.tenth += found.p_value <= 0.1 ? kShare : 0;
      shares.noise_tenth += found.noise_p_value <= 0.1 ? kShare : 0;
    }
  }
  // Of the measurements' number, and of the held-out rows' own.
  const auto error = [&](double level) {
    return std::sqrt(level / (kSets * kRight) + level / (kSets * static_cast<double>(n_held)));
  };
  EXPECT_LE(shares.conspicuous, 0.001 + 5 * error(0.001));
  EXPECT_LE(shares.noise_conspicuous, 0.002 + 5 * error(0.002));
  const double step = 2.0 / static_cast<double>(n_held + 1);
  EXPECT_NEAR(shares.tenth, 0.1, step + 5 * error(0.1));
  if (c.noise_is_added) {
    EXPECT_NEAR(shares.noise_tenth, 0.1, step + 5 * error(0.1));
  }
}

INSTANTIATE_TEST_SUITE_P(InputCheck, FalseAlarms,
                         testing::Values(Case{"hundred", 100, 5000, false, true},
                                         Case{"twohundred", 200, 5000, false, true},
                                         Case{"twohundredSorted", 200, 5000, true, true},
                                         Case{"fewPairs", 30, 400, false, true},
                                         Case{"fewerPairsThanObservations", 200, 300, false, true},
                                         Case{"fewerPairsNoiseInThem", 200, 300, false, false},
                                         Case{"noiseInThePairs", 100, 5000, true, false}),
                         [](const auto& tested) { return tested.param.name; });

TEST(InputCheckLevel, FewPairsNoticeWhatIsFar) {
  for (const Eigen::Index m : {30, 200}) {
    for (const double level : {kNoise, 0.0}) {
      KeptPairs pairs = signals(400, m, 1);
      if (level == 0) pairs.clean += kNoise * pairs.normal;
      const TrainingMeasurements training(pairs.rows(), gaussian_noise(level), {});
      const KeptPairs right = signals(1, m, 2);
      const Matrix y = right.measured(kNoise);
      EXPECT_FALSE(training.distances(Measurements(y)).front().conspicuous) << m;
      EXPECT_TRUE(training.distances(Measurements(1000 * y)).front().conspicuous) << m;
    }
  }
}

TEST(InputCheckLevel, SmallValuesAreNoticedWhereTheNoiseIsNot) {
  // Signals larger than the noise in all directions, and noise that is in the pairs already.
  constexpr Eigen::Index kObservations = 8;
  const auto pairs = [](Eigen::Index n, std::uint64_t seed) {
    return KeptPairs{5 * normals(n, kObservations, seed, 1), normals(n, kObservations, seed, 2)};
  };
  for (const double level : {kNoise, 0.0}) {
    const TrainingMeasurements training(pairs(8000, 1).rows(), gaussian_noise(level), {});
    const Matrix y = pairs(1, 2).clean;
    const TrainingDistance right = training.distances(Measurements(y)).front();
    const TrainingDistance small = training.distances(Measurements(y / 1000)).front();
    EXPECT_FALSE(right.conspicuous);
    EXPECT_EQ(right.noise_directions, 0);
    EXPECT_TRUE(small.conspicuous);
    EXPECT_TRUE(small.is_near());
  }
}

TEST(InputCheckLevel, OneDirectionOfNoiseIsLookedAt) {
  constexpr Eigen::Index kObservations = 4;
  const auto pairs = [](Eigen::Index n, std::uint64_t seed) {
    KeptPairs result{10 + 5 * normals(n, kObservations, seed, 1).array(), normals(n, kObservations, seed, 2)};
    result.clean.col(1) = result.clean.col(0);  // their difference is noise
    return result;
  };
  const TrainingMeasurements training(pairs(8000, 1).rows(), gaussian_noise(kNoise), {});
  Matrix y = pairs(1, 2).clean;
  y(0, 1) += 10 * kNoise;
  const TrainingDistance found = training.distances(Measurements(y)).front();
  EXPECT_EQ(found.noise_directions, 1);
  EXPECT_TRUE(found.noise_conspicuous);
}

TEST(HeldOutSizes, SharesCountAndGoOnBeyondTheHeldOut) {
  const HeldOutSizes sizes(Vector::LinSpaced(99, 1, 99));
  EXPECT_NEAR(sizes.share_above(90), 0.11, 1e-12);  // 90 to 99, and itself
  EXPECT_NEAR(sizes.share_below(9.5), 0.10, 1e-12);
  EXPECT_NEAR(sizes.two_sided(9.5), 0.20, 1e-12);
  EXPECT_EQ(sizes.two_sided(50), 1);
  EXPECT_NEAR(sizes.share_above(990), 0.001, 1e-12);
  EXPECT_NEAR(sizes.share_below(0.01), 0.001, 1e-12);
  EXPECT_EQ(sizes.share_above(HUGE_VAL), 0);
  EXPECT_EQ(sizes.two_sided(NAN), 0);
  // Equal but for rounding: no side has less than all.
  const HeldOutSizes equal(Vector::Constant(99, 2));
  EXPECT_EQ(equal.two_sided(2 * (1 + 1e-12)), 1);
}

TEST(HeldOutRows, AreSpreadOverAllPairs) {
  const std::vector<Eigen::Index> rows = posterior::held_out_rows(40000, 30);
  ASSERT_EQ(rows.size(), 3999U);
  EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end()));
  EXPECT_EQ(std::adjacent_find(rows.begin(), rows.end()), rows.end());
  const double mean = std::accumulate(rows.begin(), rows.end(), 0.0) / 3999;
  EXPECT_NEAR(mean, 19999.5, 5 * 40000 / std::sqrt(12 * 3999.0));
  EXPECT_EQ(posterior::held_out_rows(400, 30).size(), 200U);
  EXPECT_EQ(posterior::held_out_rows(100000, 3000).size(), 500U);
  EXPECT_TRUE(posterior::held_out_rows(19, 2).empty());
}

}  // namespace
}  // namespace scorefem
