#include "diffusion/model/held_out_fit.h"

#include <torch/types.h>

#include <Eigen/Eigenvalues>
#include <cmath>
#include <limits>

#include "diffusion/numerics/solve_positive.h"

namespace scorefem::diffusion {

namespace {

using Matrix = RowMatrix;
using Index = Eigen::Index;

/// A pair that decides its own prediction says nothing when it is left out.
constexpr double kLargestLeverage = 0.999;

torch::Tensor features(const PairRows& pairs, const JointMoments& moments) {
  const torch::Tensor measured = pairs.part(pairs.pairs().measured, 0, pairs.size());
  return moments.features(measured, torch::ones_like(measured),
                          torch::zeros({pairs.size()}, torch::kFloat64));
}

Matrix matrix(const torch::Tensor& tensor) {
  const torch::Tensor values = tensor.to(torch::kFloat64).contiguous();
  return Eigen::Map<const Matrix>(values.data_ptr<double>(), values.size(0), values.size(1));
}

Matrix centred_unknowns(const PairRows& pairs, const JointMoments& moments) {
  return matrix(pairs.part(pairs.pairs().inferred, 0, pairs.size()) - moments.mean_inferred);
}

/// Share of the features' variances that predicts pairs best which are left out.
double best_share(const Matrix& feature, const Matrix& unknown, const Matrix& covariance) {
  const auto n = static_cast<double>(feature.rows());
  // In units of the features' deviations, along the principal axes, every share is a sum over axes.
  const Eigen::VectorXd scale = covariance.diagonal().cwiseSqrt().cwiseInverse();
  const Matrix correlation = scale.asDiagonal() * covariance * scale.asDiagonal();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> axes(correlation);
  const Matrix along = feature * scale.asDiagonal() * axes.eigenvectors();
  const Matrix square = along.cwiseAbs2();
  const Matrix cross = along.transpose() * unknown / n;
  const Eigen::RowVectorXd variance = unknown.cwiseAbs2().colwise().mean();
  const double rounding = 1e-12 * axes.eigenvalues().maxCoeff();

  double best = 0, least = std::numeric_limits<double>::infinity();
  const auto consider = [&](double share) {
    const Eigen::VectorXd weight = (axes.eigenvalues().array() + share).max(rounding).inverse();
    const Eigen::VectorXd leverage = ((square * weight).array() + 1) / n;
    if (leverage.maxCoeff() > kLargestLeverage) return;
    const Matrix residual = unknown - along * weight.asDiagonal() * cross;
    const Matrix left_out = (1 - leverage.array()).inverse().matrix().asDiagonal() * residual;
    const double error = (left_out.cwiseAbs2().colwise().mean().array() / variance.array()).mean();
    if (error < least) {
      least = error;
      best = share;
    }
  };
  consider(0);
  for (int half_decade = -16; half_decade <= 2; ++half_decade) consider(std::pow(10, 0.5 * half_decade));
  return std::isfinite(least) ? best : 10;
}

}  // namespace

bool are_few_pairs(std::int64_t n_pairs, std::int64_t n_features) {
  constexpr std::int64_t kEnoughForAFeature = 20;
  return n_pairs < kEnoughForAFeature * n_features;
}

bool has_one_fit(const ModelOptions& model) {
  return !model.masked && !model.positive;
}

bool fits_few_pairs(const ModelSetup& setup, std::int64_t n_pairs) {
  return setup.model.network == Network::gaussian_residual && setup.noise.maximum == 0 &&
         has_one_fit(setup.model) &&
         are_few_pairs(n_pairs, JointMoments::n_features(setup.n_measured, setup.model.centre));
}

JointMoments for_unseen_pairs(const PairRows& pairs, JointMoments moments) {
  if (moments.centre() == Centre::quadratic) return moments;
  const std::int64_t d = moments.mean_inferred.size(0), m = moments.mean_measured.size(0);
  const double share = best_share(matrix(features(pairs, moments)), centred_unknowns(pairs, moments),
                                  matrix(moments.measured_covariance()));
  moments.covariance = moments.covariance.clone();
  moments.covariance.diagonal().narrow(0, d, m).mul_(1 + share);
  return moments;
}

LeftOut LeftOut::of(const PairRows& pairs, const JointMoments& moments) {
  const auto n = static_cast<double>(pairs.size());
  const Matrix joint = matrix(moments.covariance), feature = matrix(features(pairs, moments));
  const Index d = moments.mean_inferred.size(0), f = joint.rows() - d;
  const Matrix unknown = centred_unknowns(pairs, moments);
  const Matrix solved = solve_positive(joint.bottomRightCorner(f, f), feature.transpose());
  const Matrix residual = unknown - solved.transpose() * joint.bottomLeftCorner(f, d);
  const Eigen::VectorXd leverage =
      ((feature.cwiseProduct(solved.transpose()).rowwise().sum().array() + 1) / n).min(kLargestLeverage);
  LeftOut result{torch::empty({pairs.size(), d}, torch::kFloat64), {}};
  Eigen::Map<Matrix> left_out(result.residuals.data_ptr<double>(), pairs.size(), d);
  left_out = (1 - leverage.array()).inverse().matrix().asDiagonal() * residual;
  torch::Tensor fitted = torch::empty_like(result.residuals);
  Eigen::Map<Matrix>(fitted.data_ptr<double>(), pairs.size(), d) = unknown - residual;
  result.unknowns = fitted + moments.mean_inferred + result.residuals;
  return result;
}

}  // namespace scorefem::diffusion
