#include "pipeline/training/fitted_coordinates.h"

#include <algorithm>

#include "pipeline/dataset/tensor_copy.h"
#include "pipeline/training/linear_regression.h"

namespace scorefem::training {

using problem::Marginal;

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
  const RegressionWidths width = regression_widths(pairs);
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
