#include "pipeline/clipped_gaussian.h"

#include <torch/torch.h>

#include <map>

#include "pipeline/tensor_view.h"

namespace scorefem {

using solver::Matrix;
using solver::Vector;

diffusion::JointMoments fitted_moments(const Dataset& dataset) {
  const diffusion::Pairs pairs = read_training_pairs(dataset);
  return diffusion::JointMoments::of(pairs);
}

diffusion::JointMoments prior_moments(const FluxPrior& prior, const Matrix& response) {
  const Eigen::Index d = response.cols(), m = response.rows();
  Matrix map(d + m, d);  // flux -> (flux, concentration)
  map << Matrix::Identity(d, d), response;
  const Matrix mean = prior.mean() * map.rowwise().sum().transpose();
  const torch::Tensor both = to_tensor(mean).squeeze(0);
  return {both.narrow(0, 0, d), both.narrow(0, d, m), to_tensor(map * prior.covariance() * map.transpose())};
}

ClippedGaussian::ClippedGaussian(const diffusion::JointMoments& moments, const Matrix& measurement,
                                 double noise_std, const diffusion::CounterRandom& random)
    : random_(random) {
  const auto on = [&](Eigen::Index i) {
    std::vector<bool> sensors;
    for (const double value : measurement.row(i)) sensors.push_back(value == value);
    return sensors;
  };
  std::map<std::vector<bool>, std::size_t> known;
  std::vector<Eigen::Index> first;  // a measurement of each condition
  for (Eigen::Index i = 0; i < measurement.rows(); ++i) {
    const auto [place, is_new] = known.emplace(on(i), known.size());
    if (is_new) first.push_back(i);
    condition_of_.push_back(place->second);
  }
  const diffusion::Measurements distinct = to_measurements(measurement(first, Eigen::all), noise_std);
  const auto conditional = diffusion::GaussianConditional::of(moments, distinct.mask, distinct.noise_std);
  for (std::size_t k = 0; k < first.size(); ++k) {
    const auto at = static_cast<std::int64_t>(k);
    conditions_.push_back({to_matrix(conditional.gain[at]), to_matrix(conditional.root[at]),
                           to_matrix(conditional.stddev[at].unsqueeze(0))});
  }
  const Eigen::RowVectorXd mean_flux = to_matrix(moments.mean_inferred.unsqueeze(0));
  const Eigen::RowVectorXd mean_measured = to_matrix(moments.mean_measured.unsqueeze(0));
  mean_.resize(measurement.rows(), mean_flux.size());
  for (Eigen::Index i = 0; i < measurement.rows(); ++i) {
    const Eigen::RowVectorXd deviation = measurement.row(i) - mean_measured;
    const Eigen::RowVectorXd seen = (deviation.array() == deviation.array()).select(deviation, 0.0);
    mean_.row(i) = mean_flux + seen * conditions_[condition_of_[static_cast<std::size_t>(i)]].gain;
  }
}

Matrix ClippedGaussian::samples(Eigen::Index measurement, Eigen::Index n) const {
  Matrix normal(n, mean_.cols());
  random_.normals(static_cast<std::uint64_t>(measurement), normal.data(),
                  static_cast<std::size_t>(normal.size()));
  const Condition& condition = conditions_[condition_of_[static_cast<std::size_t>(measurement)]];
  return ((normal * condition.root).rowwise() + mean_.row(measurement)).cwiseMax(0.0);
}

Matrix ClippedGaussian::standardised(Eigen::Index measurement, const Matrix& flux) const {
  const Condition& condition = conditions_[condition_of_[static_cast<std::size_t>(measurement)]];
  return (flux.rowwise() - mean_.row(measurement)) * condition.stddev.cwiseInverse().asDiagonal();
}

}  // namespace scorefem
