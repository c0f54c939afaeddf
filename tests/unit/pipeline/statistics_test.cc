// The flux prior, the closed-form posterior, the metrics and their tables.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "pipeline/calibration/metrics.h"
#include "pipeline/report/evaluation_tables.h"
#include "pipeline/truth/gaussian_answer.h"
#include "pipeline/truth/gaussian_posterior.h"
#include "priors.h"

namespace scorefem {
namespace {

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
      truth::gaussian_posterior(Vector::Constant(30, 2), k, response, measurement, noise);
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
  const base::PosteriorMoments all =
      truth::gaussian_posterior(Vector::Constant(30, 2), prior->covariance(), response, measurement, 0.3);
  const base::PosteriorMoments few = truth::gaussian_posterior(
      Vector::Constant(30, 2), prior->covariance(), response.topRows(20), measurement.leftCols(20), 0.3);
  EXPECT_LT((all.mean - few.mean).cwiseAbs().maxCoeff(), 1e-10);
  EXPECT_LT((all.standard_deviation - few.standard_deviation).cwiseAbs().maxCoeff(), 1e-10);
}

TEST(GaussianPosteriorTest, WithoutNoiseTheTruthIsFound) {
  const auto prior = channel_prior("length_scale: 0.2");  // a well-conditioned covariance
  const Matrix response = Matrix::Random(30, 30) + 5 * Matrix::Identity(30, 30);
  const Vector truth = prior->draw(1, 0, 1).row(0).transpose();
  const Matrix measurement = (response * truth).transpose();
  const base::PosteriorMoments moments =
      truth::gaussian_posterior(Vector::Constant(30, 2), prior->covariance(), response, measurement, 0);
  EXPECT_LT((moments.mean.row(0).transpose() - truth).cwiseAbs().maxCoeff(), 1e-9);
  EXPECT_LT(moments.standard_deviation.maxCoeff(), 1e-6);
}

TEST(GaussianAnswerTest, HasTheMomentsOfTheClosedFormFarFromZero) {
  const auto prior = channel_prior("mean: 20");
  const Matrix response = Matrix::Random(30, 30).cwiseAbs();
  const Vector truth = prior->draw(3, 0, 1).row(0).transpose();
  Matrix measurement = (response * truth).transpose().replicate(2, 1);
  measurement.row(1).head(20).setConstant(std::numeric_limits<double>::quiet_NaN());
  constexpr double kNoise = 0.5;
  constexpr Eigen::Index kSamples = 20000;
  const truth::GaussianAnswer answer(truth::prior_moments(*prior, response), measurement, kNoise, clip, same,
                                     diffusion::CounterRandom(1, diffusion::Stream::clipped_gaussian));
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
  const truth::GaussianAnswer answer(truth::prior_moments(*prior, response), Matrix::Constant(1, 30, -1.0),
                                     0.5, clip, same,
                                     diffusion::CounterRandom(1, diffusion::Stream::clipped_gaussian));
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
  const calibration::UnknownMetrics metrics = calibration::unknown_metrics(posterior, truth, 2);
  EXPECT_DOUBLE_EQ(metrics.relative_error(0), 0.125);
  EXPECT_DOUBLE_EQ(metrics.relative_error(1), 1);
  EXPECT_DOUBLE_EQ(metrics.coverage_1sd(0), 1);
  EXPECT_DOUBLE_EQ(metrics.coverage_1sd(1), 0);
  EXPECT_DOUBLE_EQ(metrics.coverage_2sd(1), 0.5);
  const calibration::MeanWithError error = calibration::mean_relative_error(posterior, truth, 2);
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

TEST(EvaluationTablesTest, DifferencesAreRelativeToTheExactAnswer) {
  report::NamedColumns table;
  table.add("relative_error", Vector::Constant(2, 0.3));
  table.add("posterior_std", Vector::Constant(2, 1.5));
  table.add("exact_relative_error", Vector::Constant(2, 0.2));
  Vector exact_std(2);
  exact_std << 1, std::numeric_limits<double>::quiet_NaN();
  table.add("exact_std", exact_std);
  table.add("gaussian_relative_error", Vector::Constant(2, 0.4));
  table.add("gaussian_std", Vector::Constant(2, 0.5));
  report::add_differences(table);
  EXPECT_DOUBLE_EQ(table.column("error_ratio")(0), 1.5);
  EXPECT_DOUBLE_EQ(table.column("gaussian_error_ratio")(1), 2);
  EXPECT_DOUBLE_EQ(table.column("std_difference")(0), 0.5);
  EXPECT_DOUBLE_EQ(table.column("gaussian_std_difference")(0), -0.5);
  EXPECT_TRUE(std::isnan(table.column("std_difference")(1)));
}

}  // namespace
}  // namespace scorefem
