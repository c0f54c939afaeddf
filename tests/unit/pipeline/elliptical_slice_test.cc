// Elliptical slice sampling against known distributions, and the diagnostics of its chains.
#include "pipeline/truth/elliptical_slice.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "diffusion/numerics/counter_random.h"
#include "pipeline/truth/mcmc_diagnostics.h"
#include "slice_chains.h"

namespace scorefem {
namespace {

using Eigen::Index;
using solver::Vector;

ChainStates chains_at(Index n_chains, const Vector& start) {
  ChainStates chains;
  chains.state = start.transpose().replicate(n_chains, 1);
  for (Index c = 0; c < n_chains; ++c) chains.number.push_back(static_cast<std::uint64_t>(c));
  return chains;
}

/// One component of all chains, [n_iterations, n_chains].
Eigen::MatrixXd component(const ChainDraws& draws, Index j) {
  Eigen::MatrixXd values(draws.draws[0].rows(), static_cast<Index>(draws.draws.size()));
  for (Index c = 0; c < values.cols(); ++c) values.col(c) = draws.draws[c].col(j);
  return values;
}

/// Mean and standard deviation within five Monte-Carlo standard errors, from the effective sample size. That
/// of a variance is sqrt((kurtosis - 1) / n) of it.
void expect_moments(const Eigen::MatrixXd& draws, double mean, double deviation, double kurtosis) {
  const truth::ChainDiagnostics diagnostics = truth::diagnose_chains(draws);
  const truth::ChainDiagnostics squares = truth::diagnose_chains((draws.array() - mean).square().matrix());
  EXPECT_LT(diagnostics.rhat, 1.01);
  ASSERT_GT(diagnostics.ess_bulk, 1000);
  ASSERT_GT(squares.ess_bulk, 1000);
  EXPECT_NEAR(draws.mean(), mean, 5 * deviation / std::sqrt(diagnostics.ess_bulk));
  const double variance = (draws.array() - mean).square().mean();
  EXPECT_NEAR(variance / (deviation * deviation), 1, 5 * std::sqrt((kurtosis - 1) / squares.ess_bulk));
}

/// The posterior of a Poisson rate exp(w) under a Gamma prior is Gamma(shape, 1) again, and the cumulants of
/// its logarithm are polygamma functions. Its tails are exponential, so the base must be a Student t. (The
/// published benchmarks for samplers of inverse problems, such as that of Aristoff and Bangerth, come with
/// data that their text alone does not give.)
TEST(EllipticalSliceTest, ConjugatePosteriorOfPoissonRates) {
  const Vector shape = (Vector(2) << 1, 4).finished();
  const auto log_density = [&](const Vector& w) { return w.dot(shape) - w.array().exp().sum(); };
  ChainStates chains = chains_at(8, Vector::Zero(2));
  run_chains(log_density, truth::EllipseBase{5}, 1, chains, 200);
  const ChainDraws draws = run_chains(log_density, truth::EllipseBase{5}, 1, chains, 4000);
  EXPECT_EQ(chains.iteration, 4200U);
  for (Index j = 0; j < 2; ++j) {
    double mean = -0.57721566490153286;  // digamma and its first and third derivative at 1
    double variance = M_PI * M_PI / 6;
    double fourth_cumulant = std::pow(M_PI, 4) / 15;
    for (int k = 1; k < shape(j); ++k) {  // and their recurrences
      mean += 1.0 / k;
      variance -= std::pow(k, -2);
      fourth_cumulant -= 6 * std::pow(k, -4);
    }
    expect_moments(component(draws, j), mean, std::sqrt(variance),
                   3 + fourth_cumulant / (variance * variance));
  }
}

/// Where the density is zero or cannot be computed no chain goes: a normal cut at 0, whose mean is
/// sqrt(2 / pi), and a start outside it.
TEST(EllipticalSliceTest, ProposalsThatFailAreRejectedAndCounted) {
  const auto log_density = [](const Vector& w) {
    return w(0) < 0 ? std::numeric_limits<double>::quiet_NaN() : -0.5 * w.squaredNorm();
  };
  ChainStates chains = chains_at(4, Vector::Constant(2, -3));
  const ChainDraws draws = run_chains(log_density, truth::EllipseBase{}, 3, chains, 3000);
  EXPECT_GE(component(draws, 0).minCoeff(), 0);
  EXPECT_GT(draws.failures[0], 500);
  EXPECT_GT(draws.evaluations[0], 3000 + draws.failures[0] - 1);
  const double mean = std::sqrt(2 / M_PI);
  expect_moments(component(draws, 0), mean, std::sqrt(1 - mean * mean), 3.87);
  expect_moments(component(draws, 1), 0, 1, 3);
}

TEST(EllipticalSliceTest, ChainDependsOnItsNumberAlone) {
  const auto log_density = [](const Vector& w) { return -(w.array() - 1).pow(4).sum(); };
  ChainStates all = chains_at(5, Vector::Zero(2));
  const ChainDraws together = run_chains(log_density, {4}, 9, all, 50);
  ChainStates one = chains_at(1, Vector::Zero(2));
  one.number = {3};
  const ChainDraws first = run_chains(log_density, {4}, 9, one, 20);
  const ChainDraws rest = run_chains(log_density, {4}, 9, one, 30);
  EXPECT_EQ(first.draws[0], together.draws[3].topRows(20));
  EXPECT_EQ(rest.draws[0], together.draws[3].bottomRows(30));
  EXPECT_NE(together.draws[3], together.draws[2]);
}

/// Autoregressive chains x' = phi x + sqrt(1 - phi^2) n with means of their own.
Eigen::MatrixXd autoregressive(double phi, Index n_iterations, const std::vector<double>& means) {
  Eigen::MatrixXd draws(n_iterations, static_cast<Index>(means.size()));
  Vector normals(n_iterations);
  for (Index c = 0; c < draws.cols(); ++c) {
    diffusion::CounterRandom(17, diffusion::Stream::user)
        .normals(static_cast<std::uint64_t>(c), normals.data(), static_cast<std::size_t>(n_iterations));
    double x = normals(0);
    for (Index i = 0; i < n_iterations; ++i) {
      if (i > 0) x = phi * x + std::sqrt(1 - phi * phi) * normals(i);
      draws(i, c) = means[static_cast<std::size_t>(c)] + x;
    }
  }
  return draws;
}

TEST(McmcDiagnosticsTest, IndependentDraws) {
  const truth::ChainDiagnostics d = truth::diagnose_chains(autoregressive(0, 2001, {0, 0, 0, 0}));
  // The estimate's own noise is about the root of the number of lags that count over the number of draws.
  EXPECT_NEAR(d.ess_bulk / 8000, 1, 0.15);
  EXPECT_NEAR(d.ess_tail / 8000, 1, 0.15);
  EXPECT_LT(d.rhat, 1.003);
}

TEST(McmcDiagnosticsTest, DrawsThatAreNotFiniteAreWorthNothing) {
  Eigen::MatrixXd draws = autoregressive(0, 200, {0, 0});
  draws(17, 1) = std::nan("");
  const truth::ChainDiagnostics d = truth::diagnose_chains(draws);
  EXPECT_FALSE(d.rhat < 2);
  EXPECT_EQ(d.ess_bulk, 0);
  EXPECT_EQ(d.ess_tail, 0);
}

TEST(McmcDiagnosticsTest, AutocorrelatedDraws) {
  // The sum of phi^|lag| over all lags is (1 + phi) / (1 - phi), for means of the draws themselves.
  for (const double phi : {0.5, 0.9, -0.3}) {
    const truth::ChainDiagnostics d = truth::diagnose_chains(autoregressive(phi, 20000, {0, 0, 0, 0}));
    EXPECT_NEAR(d.ess_bulk / (80000 * (1 - phi) / (1 + phi)), 1, 0.15) << phi;
  }
}

TEST(McmcDiagnosticsTest, ChainsThatDisagree) {
  const Eigen::MatrixXd draws = autoregressive(0, 1000, {0, 0, 0, 1});
  // Between 3 chains at 0 and one at 1 the variance is 1/4, of the split ones 3/14 = 0.214: sqrt(1.214) but
  // for the rank normalisation.
  const truth::ChainDiagnostics shifted = truth::diagnose_chains(draws);
  EXPECT_NEAR(shifted.rhat, std::sqrt(1 + 3.0 / 14), 0.02);
  EXPECT_LT(shifted.ess_bulk, 100);
  // Chains of one mean whose widths differ show only in the folded draws.
  Eigen::MatrixXd wide = autoregressive(0, 1000, {0, 0, 0, 0});
  wide.col(3) *= 3;
  EXPECT_GT(truth::diagnose_chains(wide).rhat, 1.05);
  // A drift that all chains share shows only in their halves.
  Eigen::MatrixXd drifting = autoregressive(0, 1000, {0, 0, 0, 0});
  drifting.colwise() += Eigen::VectorXd::LinSpaced(1000, 0, 1);
  EXPECT_GT(truth::diagnose_chains(drifting).rhat, 1.02);
}

TEST(McmcDiagnosticsTest, ConstantAndHeavyTailedDraws) {
  const truth::ChainDiagnostics constant = truth::diagnose_chains(Eigen::MatrixXd::Constant(100, 4, 2.5));
  EXPECT_EQ(constant.rhat, 1);
  EXPECT_EQ(constant.ess_bulk, 400);
  EXPECT_EQ(constant.ess_tail, 400);
  // The ranks, and so the bulk, do not change under monotone maps.
  const Eigen::MatrixXd draws = autoregressive(0.5, 1000, {0, 0, 0, 0});
  const truth::ChainDiagnostics plain = truth::diagnose_chains(draws);
  const truth::ChainDiagnostics cubed = truth::diagnose_chains((5 * draws).array().exp().matrix());
  EXPECT_NEAR(cubed.ess_bulk, plain.ess_bulk, 1e-6 * plain.ess_bulk);
  // Chains that stand still at different places.
  Eigen::MatrixXd stuck(100, 4);
  stuck.rowwise() = Eigen::RowVector4d(1, 2, 3, 4);
  EXPECT_GT(truth::diagnose_chains(stuck).rhat, 2);
}

}  // namespace
}  // namespace scorefem
