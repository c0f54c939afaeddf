#include "pipeline/truth/gaussian_answer.h"

#include <torch/types.h>

#include "pipeline/dataset/tensor_copy.h"

namespace scorefem::truth {

using solver::Matrix;
using solver::Vector;

namespace {

/// Moments of two sets of samples together (Chan, Golub and LeVeque, 1983).
diffusion::JointMoments joined(const diffusion::JointMoments& a, double n_a, const diffusion::JointMoments& b,
                               double n_b) {
  const double share = n_b / (n_a + n_b);
  const torch::Tensor shift =
      torch::cat({b.mean_inferred - a.mean_inferred, b.mean_measured - a.mean_measured});
  return {torch::lerp(a.mean_inferred, b.mean_inferred, share),
          torch::lerp(a.mean_measured, b.mean_measured, share),
          torch::lerp(a.covariance, b.covariance, share) + share * (1 - share) * torch::outer(shift, shift)};
}

}  // namespace

diffusion::JointMoments fitted_moments(const dataset::Dataset& dataset, const problem::Noise& noise,
                                       const dataset::NetworkCoordinates& coordinates,
                                       const dataset::ObservationEncoding& encoding) {
  diffusion::JointMoments moments;
  std::int64_t n = 0;
  dataset.for_each_block(dataset::Split::train, [&](dataset::RowRange, dataset::SampleBlock& block) {
    block.unknowns = coordinates.of(block.unknowns);
    const diffusion::Pairs part = dataset::to_pairs(block, noise, encoding);
    if (part.size() == 0) return;
    const diffusion::JointMoments of_part = diffusion::JointMoments::of(part);
    moments =
        n == 0 ? of_part : joined(moments, static_cast<double>(n), of_part, static_cast<double>(part.size()));
    n += part.size();
  });
  return moments;
}

diffusion::JointMoments prior_moments(const problem::Prior& prior, const Matrix& response) {
  const Eigen::Index d = response.cols(), m = response.rows();
  Matrix map(d + m, d);  // unknowns -> (unknowns, observations)
  map << Matrix::Identity(d, d), response;
  const Matrix mean = (map * prior.mean()).transpose();
  const torch::Tensor both = dataset::to_tensor(mean).squeeze(0);
  return {both.narrow(0, 0, d), both.narrow(0, d, m),
          dataset::to_tensor(map * prior.covariance() * map.transpose())};
}

GaussianAnswer::GaussianAnswer(const diffusion::JointMoments& moments,
                               const problem::Measurements& measurement, double level, Map to_unknowns,
                               Map to_coordinates, const diffusion::CounterRandom& random)
    : to_unknowns_(std::move(to_unknowns)), to_coordinates_(std::move(to_coordinates)), random_(random) {
  condition_of_.resize(static_cast<std::size_t>(measurement.rows()));
  std::vector<Eigen::Index> first;  // a measurement of each condition
  for (const problem::MaskGroup& group : measurement.groups()) {
    for (const Eigen::Index i : group.rows) condition_of_[static_cast<std::size_t>(i)] = first.size();
    first.push_back(group.rows.front());
  }
  const diffusion::Measurements distinct = dataset::to_measurements(measurement.rows(first), level);
  const auto conditional = diffusion::GaussianConditional::of(moments, distinct.mask, distinct.noise_std);
  for (std::size_t k = 0; k < first.size(); ++k) {
    const auto at = static_cast<std::int64_t>(k);
    conditions_.push_back({dataset::to_matrix(conditional.gain[at]), dataset::to_matrix(conditional.root[at]),
                           dataset::to_matrix(conditional.stddev[at].unsqueeze(0))});
  }
  const Eigen::RowVectorXd mean_unknowns = dataset::to_matrix(moments.mean_inferred.unsqueeze(0));
  const Eigen::RowVectorXd mean_measured = dataset::to_matrix(moments.mean_measured.unsqueeze(0));
  mean_.resize(measurement.rows(), mean_unknowns.size());
  for (Eigen::Index i = 0; i < measurement.rows(); ++i) {
    const Eigen::RowVectorXd deviation = measurement.values().row(i) - mean_measured;
    const Eigen::RowVectorXd seen = measurement.there().row(i).select(deviation, 0.0);
    mean_.row(i) = mean_unknowns + seen * conditions_[condition_of_[static_cast<std::size_t>(i)]].gain;
  }
}

Matrix GaussianAnswer::samples(Eigen::Index measurement, Eigen::Index n) const {
  Matrix normal(n, mean_.cols());
  random_.normals(static_cast<std::uint64_t>(measurement), normal.data(),
                  static_cast<std::size_t>(normal.size()));
  const Condition& condition = conditions_[condition_of_[static_cast<std::size_t>(measurement)]];
  return to_unknowns_((normal * condition.root).rowwise() + mean_.row(measurement));
}

Matrix GaussianAnswer::standardised(Eigen::Index measurement, const Matrix& unknowns) const {
  const Condition& condition = conditions_[condition_of_[static_cast<std::size_t>(measurement)]];
  return (to_coordinates_(unknowns).rowwise() - mean_.row(measurement)) *
         condition.stddev.cwiseInverse().asDiagonal();
}

}  // namespace scorefem::truth
