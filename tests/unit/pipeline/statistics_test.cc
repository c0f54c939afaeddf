// The flux prior, the closed-form posterior, the metrics and their tables.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "diffusion/numerics/counter_random.h"
#include "pipeline/base/streams.h"
#include "pipeline/calibration/metrics.h"
#include "pipeline/report/equal_draws.h"
#include "pipeline/report/unknown_scales.h"
#include "pipeline/truth/gaussian_answer.h"
#include "pipeline/truth/gaussian_posterior.h"
#include "priors.h"

namespace scorefem {
namespace {

using problem::Measurements;
using solver::Matrix;
using solver::Vector;

Matrix clip(const Matrix& x) {
  return x.cwiseMax(0.0);
}
Matrix same(const Matrix& x) {
  return x;
}

TEST(FluxPriorTest, CovarianceFollowsTheKernel) {
  const Matrix k = channel_prior()->covariance();
  ASSERT_EQ(k.rows(), 30);
  EXPECT_DOUBLE_EQ(k(0, 0), 1);
  EXPECT_NEAR(k(0, 1), std::exp(-std::pow(7.0 / 15, 2) / 8), 1e-15);
  EXPECT_NEAR(k(0, 15), std::exp(-4.0 / 8), 1e-15);
  EXPECT_EQ(channel_prior("couple_groups: false")->covariance()(0, 15), 0);
}

TEST(FluxPriorTest, SampleDependsOnItsIndexAlone) {
  const auto prior = channel_prior();
  const Matrix all = prior->draw(7, 0, 20);
  EXPECT_EQ(prior->draw(7, 13, 5), all.middleRows(13, 5));
  EXPECT_NE(prior->draw(8, 13, 5), all.middleRows(13, 5));
  EXPECT_GE(all.minCoeff(), 0);
}

TEST(FluxPriorTest, DrawsOfAnotherProcessorAreWithinTheirRounding) {
  // The root of the same covariance with its rows and columns in reverse order rounds as another processor's
  // may: by far more than products do, as most eigenvalues are nothing but rounding.
  for (const double length_scale : {0.3, 2.0, 6.0}) {
    const auto prior = channel_prior("length_scale: " + std::to_string(length_scale));
    const Matrix reversed = prior->covariance().reverse();
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(reversed);
    const Matrix root = (eigen.eigenvectors() * eigen.eigenvalues().cwiseMax(0.0).cwiseSqrt().asDiagonal() *
                         eigen.eigenvectors().transpose())
                            .reverse();
    double largest = 0;
    for (std::uint64_t i = 0; i < 200; ++i) {
      Vector normal(30);
      diffusion::CounterRandom(1, base::streams::prior).normals(i, normal.data(), 30);
      const Vector flux = root * normal + prior->mean();
      largest =
          std::max(largest, (flux - prior->draw_latent(1, i, 1).row(0).transpose()).cwiseAbs().maxCoeff());
    }
    EXPECT_LT(largest, prior->draw_rounding()) << length_scale;
    if (length_scale > 1) {
      EXPECT_GT(largest, 1e-9) << length_scale;  // what was allowed, of the largest flux, some 5
    }
    EXPECT_LT(prior->draw_rounding(), 1e-4) << length_scale;  // and other draws differ by 1
  }
}

TEST(FluxPriorTest, MomentsMatch) {
  const auto prior = channel_prior("mean: 20");  // far from the clipping point: the draws are Gaussian
  constexpr Eigen::Index kDraws = 20000;
  const Matrix draws = prior->draw(1, 0, kDraws);
  const Eigen::RowVectorXd mean = draws.colwise().mean();
  const Matrix centred = draws.rowwise() - mean;
  const Matrix covariance = centred.transpose() * centred / (kDraws - 1);
  const double standard_error = 1 / std::sqrt(static_cast<double>(kDraws));
  EXPECT_LT((mean.array() - 20).abs().maxCoeff(), 4 * standard_error);
  EXPECT_LT((covariance - prior->covariance()).cwiseAbs().maxCoeff(), 5 * std::sqrt(2.0) * standard_error);
}

TEST(GaussianPosteriorTest, AgreesWithTheNormalEquations) {
  const auto prior = channel_prior();
  const Matrix& k = prior->covariance();
  const Matrix response = Matrix::Random(30, 30).cwiseAbs();
  const Matrix measurement = Matrix::Random(3, 30) + Matrix::Constant(3, 30, 30);
  const double noise = 0.5;
  const Matrix s = response * k * response.transpose() + noise * noise * Matrix::Identity(30, 30);
  const Matrix gain = k * response.transpose() * s.inverse();
  const Vector predicted = 2 * response.rowwise().sum();
  const base::PosteriorMoments moments =
      truth::gaussian_posterior(Vector::Constant(30, 2), k, response, Measurements(measurement), noise);
  for (Eigen::Index i = 0; i < 3; ++i) {
    const Vector mean = (gain * (measurement.row(i).transpose() - predicted)).array() + 2;
    EXPECT_LT((moments.mean.row(i).transpose() - mean).cwiseAbs().maxCoeff(), 1e-9);
  }
  const Vector variance = (k - gain * response * k).diagonal();
  EXPECT_LT((moments.standard_deviation.row(0).transpose().cwiseAbs2() - variance).cwiseAbs().maxCoeff(),
            1e-10);
}

TEST(GaussianPosteriorTest, MissingSensorsEqualASmallerProblem) {
  const auto prior = channel_prior();
  const Matrix response = Matrix::Random(30, 30).cwiseAbs();
  Matrix measurement = Matrix::Random(1, 30) + Matrix::Constant(1, 30, 30);
  measurement.rightCols(10).setConstant(std::numeric_limits<double>::quiet_NaN());
  const auto given = Measurements::from_nan(measurement);
  const base::PosteriorMoments all =
      truth::gaussian_posterior(Vector::Constant(30, 2), prior->covariance(), response, given, 0.3);
  const base::PosteriorMoments few = truth::gaussian_posterior(
      Vector::Constant(30, 2), prior->covariance(), response.topRows(20), given.columns(0, 20), 0.3);
  EXPECT_LT((all.mean - few.mean).cwiseAbs().maxCoeff(), 1e-10);
  EXPECT_LT((all.standard_deviation - few.standard_deviation).cwiseAbs().maxCoeff(), 1e-10);
}

TEST(GaussianPosteriorTest, WithoutSensorsIsThePrior) {
  const auto prior = channel_prior();
  Matrix measurement = Matrix::Random(2, 30) + Matrix::Constant(2, 30, 30);
  measurement.row(1).setConstant(std::numeric_limits<double>::quiet_NaN());
  const base::PosteriorMoments moments =
      truth::gaussian_posterior(Vector::Constant(30, 2), prior->covariance(),
                                Matrix::Random(30, 30).cwiseAbs(), Measurements::from_nan(measurement), 0.3);
  EXPECT_EQ(moments.mean.row(1), Matrix::Constant(1, 30, 2));
  EXPECT_LT((moments.standard_deviation.row(1).transpose() - prior->covariance().diagonal().cwiseSqrt())
                .cwiseAbs()
                .maxCoeff(),
            1e-10);
  EXPECT_GT((moments.mean.row(0) - moments.mean.row(1)).cwiseAbs().maxCoeff(), 0.1);
}

TEST(GaussianPosteriorTest, WithoutNoiseTheTruthIsFound) {
  const auto prior = channel_prior("length_scale: 0.2");  // a well-conditioned covariance
  const Matrix response = Matrix::Random(30, 30) + 5 * Matrix::Identity(30, 30);
  const Vector truth = prior->draw(1, 0, 1).row(0).transpose();
  const Matrix measurement = (response * truth).transpose();
  const base::PosteriorMoments moments = truth::gaussian_posterior(
      Vector::Constant(30, 2), prior->covariance(), response, Measurements(measurement), 0);
  EXPECT_LT((moments.mean.row(0).transpose() - truth).cwiseAbs().maxCoeff(), 1e-9);
  EXPECT_LT(moments.standard_deviation.maxCoeff(), 1e-6);
}

TEST(GaussianAnswerTest, HasTheMomentsOfTheClosedFormFarFromZero) {
  const auto prior = channel_prior("mean: 20");
  const Matrix response = Matrix::Random(30, 30).cwiseAbs();
  const Vector truth = prior->draw(3, 0, 1).row(0).transpose();
  Matrix values = (response * truth).transpose().replicate(2, 1);
  values.row(1).head(20).setConstant(std::numeric_limits<double>::quiet_NaN());
  const auto measurement = Measurements::from_nan(values);
  constexpr double kNoise = 0.5;
  constexpr Eigen::Index kSamples = 20000;
  const truth::GaussianAnswer answer(truth::prior_moments(*prior, response), measurement, kNoise, clip, same,
                                     diffusion::CounterRandom(1, base::streams::gaussian_answer));
  const base::PosteriorMoments exact =
      truth::gaussian_posterior(prior->mean(), prior->covariance(), response, measurement, kNoise);
  const double standard_error = 1 / std::sqrt(static_cast<double>(kSamples));
  for (Eigen::Index i = 0; i < 2; ++i) {
    const Matrix samples = answer.samples(i, kSamples);
    const base::PosteriorMoments moments = calibration::sample_moments(samples);
    const Eigen::ArrayXd sd = exact.standard_deviation.row(i).transpose();
    EXPECT_TRUE(
        ((moments.mean.row(0) - exact.mean.row(i)).transpose().array().abs() < 4.5 * standard_error * sd)
            .all());
    EXPECT_TRUE(
        ((moments.standard_deviation.row(0).transpose().array() / sd - 1).abs() < 4.5 * standard_error)
            .all());
    const base::PosteriorMoments standard = calibration::sample_moments(answer.standardised(i, samples));
    EXPECT_LT(standard.mean.cwiseAbs().maxCoeff(), 4.5 * standard_error);
    EXPECT_LT((standard.standard_deviation.array() - 1).abs().maxCoeff(), 4.5 * standard_error);
    EXPECT_EQ(answer.samples(i, 5), samples.topRows(5));
  }
}

TEST(GaussianAnswerTest, IsClippedAtZero) {
  const auto prior = channel_prior();
  const Matrix response = Matrix::Identity(30, 30);
  const truth::GaussianAnswer answer(truth::prior_moments(*prior, response),
                                     Measurements(Matrix::Constant(1, 30, -1.0)), 0.5, clip, same,
                                     diffusion::CounterRandom(1, base::streams::gaussian_answer));
  const Matrix samples = answer.samples(0, 100);
  EXPECT_EQ(samples.minCoeff(), 0);
  EXPECT_GT((samples.array() == 0).count(), 1500);  // more than half of 3000: the measurement pulls below 0
}

TEST(MetricsTest, KnownValues) {
  Matrix samples(4, 1);
  samples << 1, 2, 3, 6;
  const base::PosteriorMoments one = calibration::sample_moments(samples);
  EXPECT_DOUBLE_EQ(one.mean(0, 0), 3);
  EXPECT_DOUBLE_EQ(one.standard_deviation(0, 0), std::sqrt(14.0 / 3));

  base::PosteriorMoments posterior{Matrix(2, 2), Matrix::Ones(2, 2)};
  posterior.mean << 1, 2, 3, 4;
  Matrix truth(2, 2);
  truth << 1.5, 4.5, 3, 5.5;
  const calibration::UnknownMetrics metrics =
      calibration::unknown_metrics(posterior, truth, Vector::Constant(2, 2.0));
  EXPECT_DOUBLE_EQ(metrics.relative_error(0), 0.125);
  EXPECT_DOUBLE_EQ(metrics.relative_error(1), 1);
  EXPECT_DOUBLE_EQ(metrics.coverage_1sd(0), 1);
  EXPECT_DOUBLE_EQ(metrics.coverage_1sd(1), 0);
  EXPECT_DOUBLE_EQ(metrics.coverage_2sd(1), 0.5);
  const calibration::MeanWithError error =
      calibration::mean_relative_error(posterior, truth, Vector::Constant(2, 2.0));
  EXPECT_DOUBLE_EQ(error.mean, 0.5625);
  EXPECT_NEAR(error.standard_error, 0.1875, 1e-12);  // of 0.75 and 0.375
}

TEST(MetricsTest, MeanLeavesOutWhatIsNotKnown) {
  EXPECT_DOUBLE_EQ(calibration::mean_of_known(Vector::LinSpaced(3, 1, 3)), 2);
  Vector values(3);
  values << 1, std::numeric_limits<double>::quiet_NaN(), 3;
  EXPECT_DOUBLE_EQ(calibration::mean_of_known(values), 2);
  EXPECT_TRUE(std::isnan(calibration::mean_of_known(values.segment(1, 1))));
}

Matrix normals(std::uint32_t use, Eigen::Index rows, Eigen::Index columns) {
  Matrix values(rows, columns);
  diffusion::CounterRandom(11, base::streams::gaussian_answer, use)
      .normals(0, values.data(), static_cast<std::size_t>(values.size()));
  return values;
}

/// A perfect answer with few samples: its mean errs by sqrt(1 + 1 / n) times as much as the posterior's own,
/// 2.5 % for 20 samples, and is no worse for that.
TEST(EqualDrawsTest, FewSamplesDoNotCountAgainstAPerfectAnswer) {
  constexpr Eigen::Index kMeasurements = 20000, kFew = 20, kMany = 400;
  calibration::TestCases cases;
  cases.truth = normals(0, kMeasurements, 1);  // the posterior is N(0, 1) whatever was measured
  const auto always = [](Eigen::Index) { return true; };
  const auto answer = [&](std::uint32_t use, Eigen::Index n) {
    const Matrix all = normals(use, kMeasurements, n);
    return calibration::Answer{always, [all](Eigen::Index i) -> Matrix { return all.row(i).transpose(); }};
  };
  report::ExactAnswer exact{"reference", "", answer(1, kMany), {}};
  std::vector<Eigen::Index> rows(static_cast<std::size_t>(kMeasurements));
  std::iota(rows.begin(), rows.end(), Eigen::Index{0});
  const report::EqualDraws draws = report::equal_draws(answer(2, kFew), exact, cases);
  const report::Differences found = report::differences(draws, cases.truth, rows, Vector::Ones(1));
  // The errors of both share the truth and differ by two means of 20: 0.0018 is one standard error.
  EXPECT_NEAR(found.mean_error_ratio, 1, 0.007);
  EXPECT_NEAR(found.mean_std_difference, 0, 0.007);
  const double exact_error = cases.truth.cwiseAbs().mean();
  const double few_error = (draws.one.mean - cases.truth).cwiseAbs().mean();
  EXPECT_GT(few_error / exact_error, 1.015);  // what a comparison with the posterior's own mean would say
}

TEST(EqualDrawsTest, DifferencesAreRelativeToTheExactAnswer) {
  report::EqualDraws draws{{Matrix::Constant(3, 2, 0.3), Matrix::Constant(3, 2, 1.5)},
                           {Matrix::Constant(3, 2, 0.2), Matrix::Ones(3, 2)}};
  draws.exact.mean.row(2).setConstant(std::numeric_limits<double>::quiet_NaN());
  const report::Differences found =
      report::differences(draws, Matrix::Zero(3, 2), {0, 1, 2}, Vector::Ones(2));
  EXPECT_DOUBLE_EQ(found.error_ratio(1), 1.5);
  EXPECT_DOUBLE_EQ(found.mean_error_ratio, 1.5);
  EXPECT_DOUBLE_EQ(found.std_difference(0), 0.5);
  EXPECT_TRUE(
      std::isnan(report::differences(draws, Matrix::Zero(3, 2), {2}, Vector::Ones(2)).mean_error_ratio));
}

/// A rate and a volume: neither says anything about how large the other is.
TEST(UnknownScalesTest, UnitsAreNotMixed) {
  problem::Component rate, volume;
  rate.name = "rate";
  rate.unit = "1/h";
  volume.name = "volume";
  volume.unit = "l";
  Matrix values(2, 2);
  values << 0.1, 30, -0.3, 50;
  Vector prior_std(2);
  prior_std << 0.1, 10;
  const report::UnknownScales scales =
      report::unknown_scales(problem::Layout({rate, volume}), values, prior_std);
  EXPECT_DOUBLE_EQ(scales.mean_size(0), 0.2);
  EXPECT_DOUBLE_EQ(scales.mean_size(1), 40);
  EXPECT_EQ(scales.unit, prior_std);
  EXPECT_EQ(scales.unit_name, "prior sd");
  const base::PosteriorMoments posterior{values.array().rowwise() + Eigen::Array2d(0.02, 8).transpose(),
                                         Matrix::Ones(2, 2)};
  const calibration::UnknownMetrics metrics =
      calibration::unknown_metrics(posterior, values, scales.mean_size);
  EXPECT_NEAR(metrics.relative_error(0), 0.1, 1e-12);
  EXPECT_NEAR(metrics.relative_error(1), 0.2, 1e-12);
  EXPECT_NEAR(calibration::mean_relative_error(posterior, values, scales.mean_size).mean, 0.15, 1e-12);

  rate.unit = "l";
  const report::UnknownScales one =
      report::unknown_scales(problem::Layout({rate, volume}), values, prior_std);
  EXPECT_EQ(one.mean_size, Vector::Constant(2, values.cwiseAbs().mean()));
  EXPECT_EQ(one.unit, Vector::Ones(2));
  EXPECT_EQ(one.unit_name, "l");
}

}  // namespace
}  // namespace scorefem
