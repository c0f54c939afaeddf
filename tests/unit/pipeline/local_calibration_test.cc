#include "pipeline/calibration/local_calibration.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "diffusion/numerics/counter_random.h"
#include "pipeline/calibration/ridge_regression.h"
#include "pipeline/report/local_summary.h"
#include "priors.h"

namespace scorefem {
namespace {

using solver::Matrix;
using solver::Vector;

Matrix normals(Eigen::Index rows, Eigen::Index columns, std::uint64_t index) {
  Matrix values(rows, columns);
  diffusion::CounterRandom(1, diffusion::Stream::user)
      .normals(index, values.data(), static_cast<std::size_t>(values.size()));
  return values;
}

struct DataSet {
  Eigen::Index rows = 1500, samples = 40;
  std::uint64_t number = 0;
};

/// x ~ N(0, 1), y = x + n: the posterior is N(y / 2, 1 / 2). Answers that are off by `bias` standard
/// deviations.
calibration::LocalCalibration local(const std::function<double(double y)>& bias,
                                    const std::function<double(double y)>& width, Matrix* measurement,
                                    const DataSet& data = {}) {
  const std::uint64_t first = 10000 * data.number;
  const Matrix x = normals(data.rows, 1, first + 1), y = x + normals(data.rows, 1, first + 2);
  *measurement = y;
  const calibration::Answer answer{[](Eigen::Index i) { return i != 3; },
                                   [&](Eigen::Index i) -> Matrix {
                                     const double sd = std::sqrt(0.5), at = y(i, 0);
                                     const Matrix z = normals(data.samples, 1,
                                                              first + 100 + static_cast<std::uint64_t>(i));
                                     return (at / 2 + sd * (bias(at) + width(at) * z.array())).matrix();
                                   }};
  const calibration::TestCases cases{
      x, y, problem::Measurements(y), gaussian_noise(1), Vector::Zero(1), Vector::Ones(1), 5 + data.number};
  return calibration::local_calibration(answer, cases);
}

double median(const Vector& p, const Matrix& y, double low, double high) {
  std::vector<double> chosen;
  for (Eigen::Index i = 0; i < p.size(); ++i)
    if (y(i, 0) >= low && y(i, 0) < high && p(i) == p(i)) chosen.push_back(p(i));
  std::sort(chosen.begin(), chosen.end());
  return chosen.at(chosen.size() / 2);
}

constexpr auto kNone = [](double) { return 0.0; };
constexpr auto kRight = [](double) { return 1.0; };

/// In how many of `n` data sets the first measurement has a p-value of 5 % or less. Others of a data set tell
/// little more: one classifier gives all of its p-values.
double share_rejected(const std::function<double(double y)>& bias, int n) {
  int rejected = 0;
  for (int k = 0; k < n; ++k) {
    Matrix y;
    const auto result = local(bias, kRight, &y, {100, 10, static_cast<std::uint64_t>(k)});
    if (result.p_value(0) <= 0.05) ++rejected;
  }
  return static_cast<double>(rejected) / n;
}

TEST(LocalCalibration, RejectsARightPosteriorInFiveOfAHundredDataSets) {
  constexpr int kDataSets = 400;
  const double band = 4 * std::sqrt(0.05 * 0.95 / kDataSets);
  EXPECT_NEAR(share_rejected(kNone, kDataSets), 0.05, band);
  // Of half a standard deviation it notices more than half.
  EXPECT_GT(share_rejected([](double) { return 0.5; }, 100), 0.05 + 4 * band);
  Matrix y;
  EXPECT_TRUE(std::isnan(local(kNone, kRight, &y, {100, 10}).p_value(3)));
}

TEST(LocalCalibration, SaysWhereAPosteriorIsOff) {
  // Off by half of its standard deviation at y = 2, and not at 0, the other way at -2: right on average.
  Matrix y;
  const auto shifted = local([](double at) { return 0.25 * at; }, kRight, &y);
  EXPECT_LE(median(shifted.p_value, y, 1.5, 2.5), 0.01);
  EXPECT_LE(median(shifted.p_value, y, -2.5, -1.5), 0.01);
  EXPECT_GT(median(shifted.p_value, y, -0.1, 0.1), 0.05);
}

TEST(RidgeWeights, AreTheSameFromTheMatrixOfRowsAndOfFeatures) {
  for (const auto& [rows, columns] : {std::pair<Eigen::Index, Eigen::Index>{30, 80}, {80, 30}}) {
    const Matrix features = normals(rows, columns, 1), targets = normals(rows, 3, 2);
    const auto weights = [&](calibration::RidgeForm form) {
      return calibration::ridge_weights(features, targets, 0.1, form);
    };
    const Matrix of_features = weights(calibration::RidgeForm::features);
    EXPECT_LT((weights(calibration::RidgeForm::rows) - of_features).norm(), 1e-12 * of_features.norm());
    EXPECT_LT((weights(calibration::RidgeForm::smaller) - of_features).norm(), 1e-12 * of_features.norm());
    // They minimise: (X' X + lambda) W = X' T.
    const double lambda = 0.1 * features.colwise().squaredNorm().mean();
    const Matrix left = features.transpose() * (features * of_features) + lambda * of_features;
    const Matrix right = features.transpose() * targets;
    EXPECT_LT((left - right).norm(), 1e-12 * right.norm());
  }
}

// The matrix of 16,000 features would take 2 GB.
TEST(LocalCalibration, OfTwoThousandUnknownsTakesLittleMemory) {
  constexpr Eigen::Index kRows = 20, kUnknowns = 2000, kSamples = 5;
  const Matrix x = normals(kRows, kUnknowns, 1), y = normals(kRows, 4, 2);
  const calibration::Answer answer{
      [](Eigen::Index) { return true; },
      [&](Eigen::Index i) { return normals(kSamples, kUnknowns, 100 + static_cast<std::uint64_t>(i)); }};
  const calibration::TestCases cases{
      x, y, problem::Measurements(y), gaussian_noise(1), Vector::Zero(kUnknowns), Vector::Ones(kUnknowns), 5};
  const auto most_used = [] {  // kB, by this process until now
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
  };
  const long before = most_used();
  const auto result = calibration::local_calibration(answer, cases);
  EXPECT_LT(most_used() - before, 300 * 1024);
  EXPECT_TRUE((result.p_value.array() > 0).all());
}

TEST(LocalSummary, NamesTheShareAndTheWorstMeasurements) {
  constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
  calibration::LocalCalibration local{Vector(8), Vector(8)};
  local.statistic << 1, 2, kMissing, 4, 3, 1, 1, 1;
  local.p_value << 0.5, 0.005, kMissing, 0.005, 0.04, 0.9, 0.05, 0.8;
  const nlohmann::json summary = report::local_summary(local);
  EXPECT_EQ(summary.at("measurements"), 7);
  EXPECT_DOUBLE_EQ(summary.at("share_below_0.05").get<double>(), 3.0 / 7);
  ASSERT_EQ(summary.at("worst").size(), 5u);
  EXPECT_EQ(summary.at("worst").at(0).at("measurement"), 4);  // the larger statistic first
  EXPECT_EQ(summary.at("worst").at(1).at("measurement"), 2);
  const std::string text = report::local_text(summary);
  EXPECT_NE(text.find("42.9 % of 7 measurements"), std::string::npos) << text;
  EXPECT_NE(text.find("4 (0.005), 2 (0.005), 5 (0.040)"), std::string::npos) << text;
  EXPECT_EQ(report::local_text(nullptr), "");
  EXPECT_EQ(report::local_text({{"measurements", 7}, {"share_below_0.05", 0.1}}),
            "");  // of an earlier program
}

TEST(LocalCalibration, SeesWidths) {
  Matrix y;
  const auto wide = local(
      kNone, [](double at) { return at > 0 ? 1.6 : 1.0; }, &y);
  EXPECT_LE(median(wide.p_value, y, 1, 3), 0.01);
}

}  // namespace
}  // namespace scorefem
