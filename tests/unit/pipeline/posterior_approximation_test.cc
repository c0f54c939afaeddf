// What reference posteriors are sampled from first: approximations.
#include "pipeline/truth/posterior_approximation.h"

#include <gtest/gtest.h>

#include <cmath>

#include "pipeline/truth/gaussian_posterior.h"
#include "priors.h"
#include "reference_posteriors.h"

namespace scorefem {
namespace {

using problem::Measurements;
using solver::Matrix;

/// Laplace's approximation is exact for a linear problem without clipping.
TEST(PosteriorApproximationTest, LaplaceIsTheClosedFormOfALinearProblem) {
  const auto prior = channel_prior();
  const Matrix response = smoothing_response(12, 30);
  const Measurements measurement(normals(1, 12).array() + 8);
  const truth::LatentPosterior posterior(prior, false, linear_map(response), gaussian_noise(0.1));
  const truth::GaussianApproximation laplace = truth::laplace_approximations(posterior, measurement)[0];
  const base::PosteriorMoments exact =
      truth::gaussian_posterior(prior->mean(), prior->covariance(), response, measurement, 0.1);
  const Matrix at_mean = posterior.latent(laplace.mean.transpose());
  EXPECT_LT((at_mean - exact.mean).cwiseAbs().maxCoeff(), 1e-6);
  const Matrix axes = posterior.latent(laplace.root.transpose()).rowwise() - prior->mean().transpose();
  EXPECT_LT((axes.colwise().norm() - exact.standard_deviation.row(0)).cwiseAbs().maxCoeff(), 1e-6);
  EXPECT_LT(
      (laplace.inverse_root * laplace.root - Matrix::Identity(posterior.dimension(), posterior.dimension()))
          .cwiseAbs()
          .maxCoeff(),
      1e-10);
}

/// The coordinates u know no unit: with fluxes and concentrations in another one they are the same.
TEST(PosteriorApproximationTest, DoesNotDependOnTheUnitOfTheFlux) {
  const Matrix covariance = channel_prior()->covariance();
  const auto laplace = [&](double unit) {
    const truth::ForwardMap forward = [unit](const Matrix& flux) -> Matrix {
      const Matrix x = flux / unit;
      return unit * (0.1 * x.array().square() + x.array()).matrix();
    };
    const truth::LatentPosterior posterior(clipped_prior(2 * unit, unit * unit * covariance), true, forward,
                                           gaussian_noise(0.3 * unit));
    return truth::laplace_approximations(posterior, Measurements(unit * Matrix::Constant(1, 30, 2.0)))[0];
  };
  const truth::GaussianApproximation expected = laplace(1);
  for (const double unit : {std::ldexp(1.0, -50), std::ldexp(1.0, 40)}) {
    const truth::GaussianApproximation found = laplace(unit);
    EXPECT_LT((found.mean - expected.mean).cwiseAbs().maxCoeff(), 1e-9) << unit;
    EXPECT_LT((found.root - expected.root).cwiseAbs().maxCoeff(), 1e-9) << unit;
  }
}

}  // namespace
}  // namespace scorefem
