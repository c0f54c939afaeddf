#include "pipeline/truth/gaussian_answer.h"

#include <torch/torch.h>

#include <map>

#include "pipeline/dataset/pair_reader.h"
#include "pipeline/dataset/tensor_copy.h"

namespace scorefem::truth {

using solver::Matrix;
using solver::Vector;

diffusion::JointMoments fitted_moments(const dataset::Dataset& dataset, const problem::Noise& noise,
                                       const dataset::NetworkCoordinates& coordinates,
                                       const dataset::ObservationEncoding& encoding,
                                       const std::string& folder) {
  const diffusion::Pairs pairs = dataset::read_training_pairs(
      dataset, noise, encoding,
      [&](dataset::RowRange, dataset::SampleBlock& block) {
        block.unknowns = coordinates.of(block.unknowns);
      },
      folder);
  return diffusion::JointMoments::of(pairs);
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

GaussianAnswer::GaussianAnswer(const diffusion::JointMoments& moments, const Matrix& measurement,
                               double level, Map to_unknowns, Map to_coordinates,
                               const diffusion::CounterRandom& random)
    : to_unknowns_(std::move(to_unknowns)), to_coordinates_(std::move(to_coordinates)), random_(random) {
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
  const diffusion::Measurements distinct = dataset::to_measurements(measurement(first, Eigen::all), level);
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
    const Eigen::RowVectorXd deviation = measurement.row(i) - mean_measured;
    const Eigen::RowVectorXd seen = (deviation.array() == deviation.array()).select(deviation, 0.0);
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
