// Certificates: weights and what they are worth, several measurements of the same unknowns, summaries.
#include <gtest/gtest.h>

#include <cmath>

#include "diffusion/numerics/counter_random.h"
#include "pipeline/certificate/answer_summary.h"
#include "pipeline/certificate/answer_table.h"
#include "pipeline/certificate/correction.h"
#include "pipeline/certificate/inverted.h"
#include "pipeline/certificate/pareto_smoothing.h"
#include "pipeline/posterior/content_seed.h"
#include "pipeline/problem/noise/gaussian.h"
#include "pipeline/problem/noise/multiplicative.h"
#include "priors.h"

namespace scorefem {
namespace {

using certificate::Inverted;
using problem::Measurements;
using solver::Matrix;
using solver::Vector;

constexpr diffusion::NoiseRange kWide{1e-3, 10};

Vector normals(Eigen::Index n, std::uint64_t index = 0) {
  Vector values(n);
  diffusion::CounterRandom(1, diffusion::Stream::user)
      .normals(index, values.data(), static_cast<std::size_t>(n));
  return values;
}

Matrix normal_matrix(Eigen::Index rows, Eigen::Index columns, std::uint64_t index) {
  return Eigen::Map<const Matrix>(normals(rows * columns, index).data(), rows, columns);
}

TEST(Pareto, TheShapeOfATailIsFound) {
  constexpr Eigen::Index n = 2000;
  Vector uniform(n);
  diffusion::CounterRandom(1, diffusion::Stream::user).uniforms(0, uniform.data(), n);
  for (const double k : {-0.3, 0.0, 0.5, 1.2}) {
    const certificate::ParetoTail tail{k, 2.0};
    Vector x(n);
    for (Eigen::Index i = 0; i < n; ++i) x(i) = tail.quantile(uniform(i));
    std::sort(x.begin(), x.end());
    const certificate::ParetoTail fit = certificate::fit_pareto(x);
    const double error =
        (1 + std::max(k, 0.0)) / std::sqrt(static_cast<double>(n));  // asymptotic, at k >= -1/2
    EXPECT_NEAR(fit.k, k, 4 * error);
    EXPECT_NEAR(fit.sigma / 2, 1, 8 * error);
  }
}

TEST(Pareto, QuantilesAreThoseOfTheDistribution) {
  const certificate::ParetoTail tail{0.5, 2.0};
  for (const double p : {0.1, 0.5, 0.99}) {
    const double x = tail.quantile(p);
    EXPECT_NEAR(1 - std::pow(1 + 0.5 * x / 2, -2), p, 1e-12);
  }
  EXPECT_NEAR((certificate::ParetoTail{0, 2.0}).quantile(0.5), 2 * std::log(2), 1e-12);
}

/// Log weights from N(0, sd^2) to N(mean, 1) at draws of the former.
Vector log_weights(const Vector& draws, double sd, double mean) {
  return -0.5 * (draws.array() - mean).square() + 0.5 * (draws.array() / sd).square();
}

TEST(Weights, OfABroadProposalGiveTheTargetsMoments) {
  const Vector draws = 1.3 * normals(4000);
  const certificate::SmoothedWeights w = certificate::smoothed_weights(log_weights(draws, 1.3, 0.5));
  EXPECT_LT(w.khat, 0.5);
  EXPECT_NEAR(w.weights.sum(), 1, 1e-12);
  const double error = 1 / std::sqrt(w.effective);
  const double mean = w.weights.dot(draws);
  EXPECT_NEAR(mean, 0.5, 4 * error);
  EXPECT_NEAR((w.weights.array() * (draws.array() - mean).square()).sum(), 1, 4 * std::sqrt(2.0) * error);
  // A constant factor is none.
  const Vector shifted = log_weights(draws, 1.3, 0.5).array() - 1e4;
  EXPECT_LT((certificate::smoothed_weights(shifted).weights - w.weights).cwiseAbs().maxCoeff(), 1e-12);
}

TEST(Weights, OfANarrowProposalAreNotTrusted) {
  // Of N(0, sd^2) to N(0, 1) the weights' tail has the shape 1 - sd^2.
  for (const auto& [sd, trusted] : {std::pair{0.4, false}, {0.75, true}, {1.2, true}}) {
    const certificate::SmoothedWeights w =
        certificate::smoothed_weights(log_weights(sd * normals(20000), sd, 0));
    EXPECT_EQ(w.khat < certificate::kLargestKhat, trusted) << sd << " " << w.khat;
    if (sd < 1) {
      EXPECT_NEAR(w.khat, 1 - sd * sd, 0.2);
    }
  }
}

TEST(Weights, AtTheirEnds) {
  const certificate::SmoothedWeights equal = certificate::smoothed_weights(Vector::Constant(100, 3.0));
  EXPECT_NEAR(equal.effective, 100, 1e-9);
  EXPECT_LT(equal.khat, certificate::kLargestKhat);
  Vector some = normals(100);
  some(3) = -INFINITY;
  EXPECT_EQ(certificate::smoothed_weights(some).weights(3), 0);
  EXPECT_GT(certificate::smoothed_weights(normals(3)).khat, certificate::kLargestKhat);  // too few to tell
  EXPECT_THROW(certificate::smoothed_weights(Vector::Constant(5, -INFINITY)), std::invalid_argument);
  some(4) = NAN;
  EXPECT_THROW(certificate::smoothed_weights(some), std::invalid_argument);
}

TEST(Weights, AResampleHasEachDrawAsOftenAsItsWeightSays) {
  const Vector weights = (normals(200).array() * 1.5).exp();
  const Vector expected = 200 * weights / weights.sum();
  for (const double offset : {0.001, 0.5, 0.999}) {
    Vector count = Vector::Zero(200);
    for (const Eigen::Index i : certificate::resampled(weights, offset)) count(i) += 1;
    EXPECT_EQ(count.sum(), 200);
    EXPECT_LT((count - expected).cwiseAbs().maxCoeff(), 1);
  }
}

TEST(Repeated, TheMeanSaysAllThatItsRowsSay) {
  const Matrix rows = normal_matrix(4, 3, 1);
  const Inverted one = Inverted::together(Measurements(rows), gaussian_noise(0.2), kWide);
  EXPECT_TRUE(one.exact);
  EXPECT_NEAR(one.seen_noise->level(), 0.1, 1e-15);
  EXPECT_LT((one.seen.values() - rows.colwise().mean()).cwiseAbs().maxCoeff(), 1e-15);
  // The likelihoods differ by a constant.
  const auto log_likelihood = [](const Measurements& y, const problem::Noise& noise, const Matrix& clean) {
    return noise.log_scale(y, clean)(0) - 0.5 * noise.residuals(y, clean).squaredNorm();
  };
  const Matrix a = normal_matrix(1, 3, 2), b = normal_matrix(1, 3, 3);
  const auto ratio = [&](const Measurements& y, const problem::Noise& noise) {
    return log_likelihood(y, noise, a) - log_likelihood(y, noise, b);
  };
  EXPECT_NEAR(ratio(one.seen, *one.seen_noise), ratio(one.measured, *one.noise), 1e-9);
  double sum = 0;
  for (Eigen::Index i = 0; i < 4; ++i) sum += ratio(Measurements(rows.row(i)), *gaussian_noise(0.2));
  EXPECT_NEAR(ratio(one.measured, *one.noise), sum, 1e-9);
}

TEST(Repeated, WhatTheMeanDoesNotSayIsNamed) {
  Matrix rows = normal_matrix(4, 3, 1);
  const auto together = [&](const diffusion::NoiseRange& trained) {
    return Inverted::together(Measurements::from_nan(rows), gaussian_noise(0.2), trained);
  };
  const Inverted narrow = together({0.2, 0.2});
  EXPECT_FALSE(narrow.exact);
  EXPECT_NE(narrow.difference.find("not trained for"), std::string::npos);
  EXPECT_NEAR(narrow.seen_noise->level(), 0.2, 1e-15);
  const auto multiplicative = std::make_shared<problem::MultiplicativeNoise>(0.1);
  EXPECT_NE(Inverted::together(Measurements(rows), multiplicative, kWide).difference.find("not additive"),
            std::string::npos);
  rows(1, 2) = NAN;
  const Inverted masked = together(kWide);
  EXPECT_NE(masked.difference.find("more often"), std::string::npos);
  EXPECT_NEAR(masked.seen_noise->level(), 0.2 / std::sqrt(3.0), 1e-15);  // wide enough for all
  EXPECT_NEAR(masked.seen.values()(0, 2), (rows(0, 2) + rows(2, 2) + rows(3, 2)) / 3, 1e-15);
  rows.col(2).setConstant(NAN);
  EXPECT_TRUE(together(kWide).exact);
  EXPECT_FALSE(together(kWide).seen.there()(0, 2));
  rows = rows.topRows(1).eval();
  EXPECT_EQ(together({0.2, 0.2}).seen_noise->level(), 0.2);
}

TEST(MultiplicativeNoise, AZeroThatIsPredictedCountsForNothing) {
  const problem::MultiplicativeNoise noise(0.1);
  const auto log_likelihood = [&](const Matrix& y, const Matrix& clean) {
    const Measurements measured(y);
    return noise.log_scale(measured, clean)(0) - 0.5 * noise.residuals(measured, clean).squaredNorm();
  };
  Matrix y(1, 3), clean(1, 3), others(1, 2), clean_others(1, 2);
  y << 2, 0, -3;
  clean << 2.1, 0, -3;
  others << 2, -3;
  clean_others << 2.1, -3;
  EXPECT_DOUBLE_EQ(log_likelihood(y, clean), log_likelihood(others, clean_others));
  EXPECT_NEAR(log_likelihood(y, clean), -std::log(0.21) - std::log(0.3) - 0.5 / (2.1 * 2.1), 1e-12);
  // Where only one of the two is 0 it is as unlikely as it was.
  clean(0, 1) = 1;
  EXPECT_NEAR(log_likelihood(y, clean) - log_likelihood(others, clean_others), -std::log(0.1) - 50, 1e-12);
  y(0, 1) = 1;
  clean(0, 1) = 0;
  EXPECT_FALSE(std::isfinite(log_likelihood(y, clean)));
}

TEST(Repeated, RowsOfOtherUnknownsAreNoticed) {
  const Matrix clean = normal_matrix(1, 30, 5), other = normal_matrix(1, 30, 6);
  Matrix rows = clean.replicate(5, 1) + 0.1 * normal_matrix(5, 30, 7);
  const auto p_value = [](const Matrix& values, double noise) {
    return certificate::repetition_p_value(Measurements(values), *gaussian_noise(noise));
  };
  EXPECT_GT(p_value(rows, 0.1), 0.01);
  EXPECT_LT(p_value(rows, 0.05), 1e-6);
  rows.row(2) += other - clean;
  EXPECT_LT(p_value(rows, 0.1), 1e-6);
  EXPECT_EQ(p_value(rows.topRows(1), 0.1), 1);
}

TEST(ContentSeed, IsThatOfTheNumbers) {
  Matrix rows = normal_matrix(2, 3, 1);
  rows(0, 0) = 0.0;
  rows(1, 1) = NAN;
  const auto seed_of = [](std::uint64_t seed, const Matrix& values) {
    return posterior::content_seed(seed, Measurements::from_nan(values));
  };
  const std::uint64_t seed = seed_of(7, rows);
  Matrix same = rows;
  same(0, 0) = -0.0;
  same(1, 1) = -NAN;
  EXPECT_EQ(seed_of(7, same), seed);
  EXPECT_NE(seed_of(8, rows), seed);
  same(0, 1) = std::nextafter(same(0, 1), 10);
  EXPECT_NE(seed_of(7, same), seed);
  EXPECT_NE(seed_of(7, Eigen::Map<const Matrix>(rows.data(), 3, 2)), seed);
}

TEST(AnswerSummaries, AreThoseOfTheSamples) {
  Matrix samples(101, 2);
  samples.col(0) = Vector::LinSpaced(101, 0, 100);
  samples.col(1).setConstant(3);
  const auto summary = certificate::AnswerSummary::of(samples);
  EXPECT_NEAR(summary.mean(0), 50, 1e-12);
  EXPECT_NEAR(summary.standard_deviation(0), std::sqrt(101 * 102 / 12.0), 1e-9);
  EXPECT_NEAR(summary.lower(0), 5, 1e-12);
  EXPECT_NEAR(summary.upper(0), 95, 1e-12);
  auto wider = summary;
  wider.mean(0) += summary.standard_deviation(0);
  wider.standard_deviation(0) *= 2;
  const auto off = certificate::distance(wider, summary);
  EXPECT_NEAR(off.mean(0), 1, 1e-12);
  EXPECT_NEAR(off.ratio(0), 2, 1e-12);
  EXPECT_EQ(off.mean(1), 0);
  EXPECT_EQ(off.ratio(1), 1);
  const auto layout = problem::numbered_layout("theta", 2);
  const std::string table = certificate::answer_table("m", layout, {{"learnt", wider}, {"exact", summary}});
  EXPECT_NE(table.find("+1.000"), std::string::npos) << table;
  // A temperature that is known to a hundredth of a kelvin.
  auto narrow = summary;
  narrow.mean(0) = 293.1543;
  narrow.standard_deviation(0) = 0.01;
  narrow.lower(0) = 293.1379;
  narrow.upper(0) = 293.1708;
  const std::string fine = certificate::answer_table("m", layout, {{"learnt", narrow}});
  EXPECT_NE(fine.find("293.1379,  293.1708"), std::string::npos) << fine;
  const std::string line = certificate::answer_line("m", layout, {{"learnt", wider}, {"exact", summary}});
  EXPECT_NE(line.find("off by up to 1.00 exact sds (theta_1)"), std::string::npos) << line;
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
}

}  // namespace
}  // namespace scorefem
