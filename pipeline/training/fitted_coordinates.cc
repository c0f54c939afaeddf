#include "pipeline/training/fitted_coordinates.h"

#include <algorithm>
#include <cmath>

#include "diffusion/model/gaussian_conditional.h"
#include "pipeline/dataset/tensor_copy.h"

namespace scorefem::training {
namespace {

using problem::Marginal;

/// Standard deviations, [n_unknowns] each.
struct Widths {
  solver::Vector all;        //!< of the unknowns
  solver::Vector left_over;  //!< of what a linear regression on the observations leaves of them
};

Widths widths(const diffusion::Pairs& pairs) {
  const Eigen::MatrixXd joint = dataset::to_matrix(diffusion::JointMoments::of(pairs).covariance);
  const Eigen::Index d = pairs.inferred.size(1), m = joint.rows() - d;
  const Eigen::MatrixXd observed = joint.bottomRightCorner(m, m), both = joint.topRightCorner(d, m);
  const Eigen::MatrixXd gain = observed.completeOrthogonalDecomposition().solve(both.transpose());
  const Eigen::VectorXd explained = (both.cwiseProduct(gain.transpose())).rowwise().sum();
  const Eigen::VectorXd variance = joint.diagonal().head(d);
  return {variance.cwiseSqrt(), (variance - explained).cwiseMax(0).cwiseSqrt()};
}

}  // namespace

dataset::NetworkCoordinates fitted_coordinates(const study::Study& study, const dataset::Dataset& dataset,
                                               const problem::Noise& noise,
                                               const dataset::ObservationEncoding& encoding) {
  constexpr Eigen::Index kRows = 100000;
  constexpr double kWide = 0.5;
  dataset::NetworkCoordinates coordinates = dataset::network_coordinates(study, dataset.unknowns());
  std::vector<Marginal>& marginals = coordinates.marginals;
  const auto between_bounds = [](const Marginal& m) { return m.kind == Marginal::Kind::bounded; };
  if (std::none_of(marginals.begin(), marginals.end(), between_bounds)) return coordinates;
  const Eigen::Index n = std::min(kRows, dataset.shape().rows[dataset::Split::train]);
  const diffusion::Pairs pairs =
      dataset::to_pairs(dataset.read(dataset::Split::train, 0, n), noise, encoding);
  if (pairs.size() < 2) return coordinates;
  const Widths width = widths(pairs);
  for (std::size_t j = 0; j < marginals.size(); ++j) {
    Marginal& m = marginals[j];
    if (!between_bounds(m)) continue;
    const auto column = static_cast<Eigen::Index>(j);
    const double range = m.upper - m.lower;
    if (width.left_over(column) > kWide * width.all(column)) {
      m = {Marginal::Kind::uniform, 0, 1, m.lower, m.upper};
    } else {  // not so narrow that numbers near the bounds could not be told apart
      m.sd = std::max(width.left_over(column), 1e-3 * range);
    }
  }
  return coordinates;
}

}  // namespace scorefem::training
