// Reference posteriors: the sampler against closed forms and quadrature.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "diffusion/numerics/counter_random.h"
#include "pipeline/truth/gaussian_posterior.h"
#include "pipeline/truth/mcmc_diagnostics.h"
#include "pipeline/truth/reference_sampler.h"
#include "priors.h"
#include "reference_posteriors.h"
#include "slice_chains.h"

namespace scorefem {
namespace {

using Eigen::Index;
using problem::Measurements;
using solver::Matrix;
using solver::Vector;

TEST(ReferenceSamplerTest, WithoutClippingThePosteriorIsTheClosedForm) {
  const auto prior = channel_prior();
  const Matrix response = smoothing_response(30, 30);
  for (const double noise : {0.02, 0.5}) {
    Matrix values =
        (normals(3, 30) * 0.5).array() + 2.0 * response.rowwise().sum().transpose().replicate(3, 1).array();
    values.row(1).tail(12).setConstant(std::numeric_limits<double>::quiet_NaN());
    const auto measurement = Measurements::from_nan(values);
    const truth::LatentPosterior posterior(prior, false, linear_map(response), gaussian_noise(noise));
    study::ReferenceOptions options;
    options.clip = false;
    const std::vector<truth::ReferencePosterior> drawn =
        sampled(posterior, measurement, {0, 1, 2}, options, 1);
    const base::PosteriorMoments exact =
        truth::gaussian_posterior(prior->mean(), prior->covariance(), response, measurement, noise);
    for (Index i = 0; i < 3; ++i) {
      const truth::ReferencePosterior& result = drawn[i];
      ASSERT_TRUE(result.converged);
      EXPECT_EQ(result.failed_solves, 0);
      const Vector deviation = exact.standard_deviation.row(i);
      // In Monte-Carlo standard errors, of 30 correlated segments; the variance's rests on at least the
      // tail's effective sample size.
      const Vector error = (result.mean - exact.mean.row(i).transpose())
                               .cwiseQuotient(deviation)
                               .cwiseProduct(result.ess_bulk.cwiseSqrt());
      const Vector spread = (result.standard_deviation.cwiseQuotient(deviation).array() - 1)
                                .matrix()
                                .cwiseProduct((2 * result.ess_tail).cwiseSqrt());
      EXPECT_LT(error.cwiseAbs().maxCoeff(), 5) << noise;
      EXPECT_LT(spread.cwiseAbs().maxCoeff(), 5) << noise;
    }
  }
}

/// Of one unknown's exact posterior.
struct ExactMoments {
  double mean;
  double deviation;
  double kurtosis;  //!< fourth central moment over the variance squared: 3 for a normal
};

/// Of x = max(0, m + z), z ~ N(0, 1), given y = x^2 + 3 x + noise: quadrature.
ExactMoments clipped_moments(double prior_mean, double y, double noise, double step = 1e-5) {
  const auto moment = [&](double about, int power) {
    double mass = 0, sum = 0;
    for (double z = -9; z < 9; z += step) {
      const double x = std::max(0.0, prior_mean + z);
      const double misfit = (y - x * x - 3 * x) / noise;
      const double weight = std::exp(-0.5 * (z * z + misfit * misfit));
      mass += weight;
      sum += weight * std::pow(x - about, power);
    }
    return sum / mass;
  };
  const double mean = moment(0, 1), variance = moment(mean, 2);
  return {mean, std::sqrt(variance), moment(mean, 4) / (variance * variance)};
}

/// Tolerances are so many standard errors.
constexpr double kErrors = 5;

/// How far the mean and the standard deviation of an unknown are off, in their Monte-Carlo standard errors.
struct Deviation {
  double mean;
  double spread;
};

/// The standard errors are those of as many independent draws as the lesser effective sample size; that of a
/// standard deviation, relative, is sqrt((kurtosis - 1) / (4 n)): more than a normal's where most draws are
/// 0.
Deviation deviation(const truth::ReferencePosterior& result, Index j, const ExactMoments& exact) {
  const double n = std::min(result.ess_bulk(j), result.ess_tail(j));
  return {
      std::abs(result.mean(j) - exact.mean) / exact.deviation * std::sqrt(n),
      std::abs(result.standard_deviation(j) / exact.deviation - 1) * std::sqrt(4 * n / (exact.kurtosis - 1))};
}

TEST(ReferenceSamplerTest, ClippedFluxAgreesWithQuadrature) {
  const truth::ForwardMap forward = [](const Matrix& flux) -> Matrix {
    return flux.array().square() + 3 * flux.array();
  };
  // Little noise and much, a measurement that a clipped flux explains, one that it does not, one in between.
  for (const double noise : {0.05, 0.5, 3.0}) {
    Matrix measurement(3, 1);
    measurement << -0.1, 0.3, 6;
    const truth::LatentPosterior posterior(clipped_prior(0.2, Matrix::Ones(1, 1)), true, forward,
                                           gaussian_noise(noise));
    study::ReferenceOptions options;
    options.iterations = 4000;
    const std::vector<truth::ReferencePosterior> drawn =
        sampled(posterior, Measurements(measurement), {0, 1, 2}, options, 4);
    for (Index i = 0; i < 3; ++i) {
      const truth::ReferencePosterior& result = drawn[i];
      ASSERT_TRUE(result.converged) << noise << ' ' << measurement(i, 0);
      const Deviation off = deviation(result, 0, clipped_moments(0.2, measurement(i, 0), noise));
      EXPECT_LT(off.mean, kErrors) << noise << ' ' << measurement(i, 0);
      EXPECT_LT(off.spread, kErrors) << noise << ' ' << measurement(i, 0);
      EXPECT_GE(result.samples.minCoeff(), 0);
    }
  }
}

/// What that can see, of a flux that is clipped in two of five draws: with 4,000 effective draws, a seventh
/// of a standard deviation, and a width that is a seventh off.
TEST(ReferenceSamplerCheck, SeesSmallDeviations) {
  constexpr Index kDraws = 4000;
  const ExactMoments exact = clipped_moments(0.2, 0, 1e6, 1e-4);
  const Eigen::ArrayXd flux = (normals(kDraws, 1).array() + 0.2).max(0.0);
  const auto off = [&](double shift, double factor) {
    const Eigen::ArrayXd x = exact.mean + shift * exact.deviation + factor * (flux - exact.mean);
    truth::ReferencePosterior result;
    result.mean = Vector::Constant(1, x.mean());
    result.standard_deviation = Vector::Constant(1, std::sqrt((x - x.mean()).square().mean()));
    result.ess_bulk = result.ess_tail = Vector::Constant(1, kDraws);
    return deviation(result, 0, exact);
  };
  EXPECT_LT(off(0, 1).mean, kErrors);
  EXPECT_LT(off(0, 1).spread, kErrors);
  for (const double sign : {-1.0, 1.0}) {
    EXPECT_GT(off(sign / 7, 1).mean, kErrors);
    EXPECT_GT(off(0, 1 + sign / 7).spread, kErrors);
  }
}

/// A forward map without a solution beyond a flux of 2 leaves the posterior below it.
TEST(ReferenceSamplerTest, FailedSolvesAreRejectedAndCounted) {
  const truth::ForwardMap forward = [](const Matrix& flux) -> Matrix {
    return (flux.array() > 2).select(std::numeric_limits<double>::quiet_NaN(), flux);
  };
  // Data far less certain than the prior: a normal about 1, cut at 2 and clipped at 0.
  const truth::LatentPosterior posterior(clipped_prior(1, Matrix::Ones(1, 1)), true, forward,
                                         gaussian_noise(1e4));
  study::ReferenceOptions options;
  options.iterations = 4000;
  const truth::ReferencePosterior drawn =
      sampled(posterior, Measurements(Matrix::Zero(1, 1)), {0}, options, 6)[0];
  ASSERT_TRUE(drawn.converged);
  EXPECT_GT(drawn.failed_solves, 0);
  EXPECT_LT(drawn.failed_solves, drawn.evaluations);
  EXPECT_LE(drawn.samples.maxCoeff(), 2);
  // Moments of max(0, 1 + z) for a normal z < 1.
  const auto moment = [](double about, int power) {
    double mass = 0, sum = 0;
    constexpr double kStep = 1e-5;
    for (double z = -9 + kStep / 2; z < 1; z += kStep) {
      const double weight = std::exp(-0.5 * z * z);
      mass += weight;
      sum += weight * std::pow(std::max(0.0, 1 + z) - about, power);
    }
    return sum / mass;
  };
  const double mean = moment(0, 1), variance = moment(mean, 2);
  const Deviation off =
      deviation(drawn, 0, {mean, std::sqrt(variance), moment(mean, 4) / (variance * variance)});
  EXPECT_LT(off.mean, kErrors);
  EXPECT_LT(off.spread, kErrors);
}

/// Ellipses of the prior need no approximation of the posterior. Where there is enough noise for them to move
/// they draw from the same posterior as the others; many fluxes of this one are clipped.
TEST(ReferenceSamplerTest, AgreesWithPlainPriorEllipses) {
  const auto prior = channel_prior("{mean: 0.5}");
  const Matrix response = smoothing_response(8, 30);
  const Measurements measurement(prior->draw(3, 0, 1) * response.transpose() + normals(1, 8));
  const truth::LatentPosterior posterior(prior, true, linear_map(response), gaussian_noise(1));
  study::ReferenceOptions options;
  options.iterations = 4000;
  const truth::ReferencePosterior drawn = sampled(posterior, measurement, {0}, options, 1)[0];
  ASSERT_TRUE(drawn.converged);

  ChainStates chains;
  chains.state = Matrix::Zero(8, posterior.dimension());
  chains.number = {0, 1, 2, 3, 4, 5, 6, 7};
  const auto log_density = [&](const Vector& u) {
    return posterior.log_density(u.transpose(), measurement)(0);
  };
  run_chains(log_density, truth::EllipseBase{}, 2, chains, 500);
  const ChainDraws plain = run_chains(log_density, truth::EllipseBase{}, 2, chains, 6000);
  Index n_clipped = 0;
  for (Index j = 0; j < 30; ++j) {
    Eigen::MatrixXd flux(6000, 8);
    for (Index c = 0; c < 8; ++c) flux.col(c) = posterior.unknowns(posterior.latent(plain.draws[c])).col(j);
    if ((flux.array() == 0).count() > flux.size() / 10) ++n_clipped;
    const double mean = flux.mean();
    const double deviation = std::sqrt((flux.array() - mean).square().mean());
    const double kurtosis = ((flux.array() - mean) / deviation).pow(4).mean();
    const truth::ChainDiagnostics diagnostics = truth::diagnose_chains(flux);
    ASSERT_GT(diagnostics.ess_tail, 300);
    EXPECT_NEAR(drawn.mean(j), mean,
                5 * deviation * std::sqrt(1 / diagnostics.ess_bulk + 1 / drawn.ess_bulk(j)));
    EXPECT_NEAR(drawn.standard_deviation(j) / deviation, 1,
                5 * std::sqrt((kurtosis - 1) / 4 * (1 / diagnostics.ess_tail + 1 / drawn.ess_tail(j))));
  }
  EXPECT_GT(n_clipped, 5);
}

/// Many fluxes at once, each with a measurement of its own: the posterior is a product whose factors are
/// known by quadrature, far from normal where a flux is clipped.
TEST(ReferenceSamplerTest, SeparablePosteriorInTwentyDimensionsAgreesWithQuadrature) {
  constexpr Index kDimension = 20;
  constexpr double kNoise = 0.7;
  const truth::ForwardMap forward = [](const Matrix& flux) -> Matrix {
    return flux.array().square() + 3 * flux.array();
  };
  const Matrix measurement = Vector::LinSpaced(kDimension, -1, 6).transpose();
  const truth::LatentPosterior posterior(clipped_prior(0.2, Matrix::Identity(kDimension, kDimension)), true,
                                         forward, gaussian_noise(kNoise));
  const truth::ReferencePosterior result = sampled(posterior, Measurements(measurement), {0}, {}, 5)[0];
  ASSERT_TRUE(result.converged);
  for (Index j = 0; j < kDimension; ++j) {
    const Deviation off = deviation(result, j, clipped_moments(0.2, measurement(0, j), kNoise, 1e-4));
    EXPECT_LT(off.mean, kErrors) << j;
    EXPECT_LT(off.spread, kErrors) << j;
  }
}

/// Beyond a few rounds' worth every other draw is dropped: the moments stay those of the posterior.
TEST(ReferenceSamplerTest, LongChainsAreThinned) {
  const truth::ForwardMap forward = [](const Matrix& flux) -> Matrix { return flux; };
  const truth::LatentPosterior posterior(clipped_prior(0, Matrix::Identity(2, 2)), false, forward,
                                         gaussian_noise(1));
  study::ReferenceOptions options;
  options.clip = false;
  options.iterations = 125;
  options.max_iterations = 3000;
  options.ess = 1e9;
  const Measurements measurement(Matrix::Constant(1, 2, 3.0));
  const truth::ReferencePosterior result = sampled(posterior, measurement, {0}, options, 3)[0];
  EXPECT_FALSE(result.converged);
  EXPECT_TRUE(truth::is_final(result, options));
  options.max_iterations = 6000;
  EXPECT_FALSE(truth::is_final(result, options));
  EXPECT_GT(result.iterations, 2000);
  EXPECT_LE(result.ess_bulk.maxCoeff(), 8 * 4 * 125 * 4);
  EXPECT_LT(result.rhat.maxCoeff(), 1.02);
  const double deviation = std::sqrt(0.5);
  for (Index j = 0; j < 2; ++j) {
    EXPECT_NEAR(result.mean(j), 1.5, 5 * deviation / std::sqrt(result.ess_bulk(j)));
    EXPECT_NEAR(result.standard_deviation(j) / deviation, 1, 5 / std::sqrt(2 * result.ess_tail(j)));
  }
}

TEST(ReferenceSamplerTest, ResultForAMeasurementDoesNotDependOnTheOthers) {
  const auto prior = channel_prior();
  const Matrix response = smoothing_response(8, 30);
  // More than are under way at a time.
  const Measurements measurement(prior->draw(3, 0, 40) * response.transpose() + 0.1 * normals(40, 8));
  const truth::LatentPosterior posterior(prior, true, linear_map(response), gaussian_noise(0.1));
  study::ReferenceOptions options;
  options.warmup = 100;
  options.iterations = 200;
  options.max_iterations = 200;
  options.samples = 50;
  std::vector<Index> rows(40);
  std::iota(rows.begin(), rows.end(), Index{0});
  const auto together = sampled(posterior, measurement, rows, options, 1);
  for (const Index row : {2, 39}) {
    const truth::ReferencePosterior alone = sampled(posterior, measurement, {row}, options, 1)[0];
    EXPECT_LT((together[row].samples - alone.samples).cwiseAbs().maxCoeff(), 1e-6);
    EXPECT_LT((together[row].mean - alone.mean).cwiseAbs().maxCoeff(), 1e-6);
    EXPECT_EQ(together[row].evaluations, alone.evaluations);
    // Too few draws: not to be used.
    EXPECT_FALSE(alone.converged);
  }
}

}  // namespace
}  // namespace scorefem
