#include "pipeline/dataset/network_coordinates.h"

#include <algorithm>

namespace scorefem::dataset {

using solver::Matrix;

Matrix NetworkCoordinates::of(const Matrix& unknowns) const {
  return marginals.empty() ? unknowns : problem::numbers(marginals, unknowns);
}

Matrix NetworkCoordinates::unknowns(const Matrix& coordinates) const {
  return marginals.empty() ? coordinates : problem::values(marginals, coordinates);
}

NetworkCoordinates network_coordinates(const study::Study& study, const problem::Layout& unknowns) {
  NetworkCoordinates coordinates;
  const std::shared_ptr<const problem::Prior> prior = study.prior->make(unknowns);
  if (prior) {
    if (!prior->is_clipped() && !prior->is_gaussian()) coordinates.marginals = prior->marginals();
    return coordinates;
  }
  for (const problem::Component& component : unknowns.components())
    coordinates.marginals.push_back(problem::unbounded(component.lower, component.upper));
  const bool free =
      std::all_of(coordinates.marginals.begin(), coordinates.marginals.end(),
                  [](const problem::Marginal& m) { return m.kind == problem::Marginal::Kind::normal; });
  if (free) coordinates.marginals.clear();
  return coordinates;
}

Matrix support(const study::Study& study, const problem::Layout& unknowns) {
  const std::shared_ptr<const problem::Prior> prior = study.prior->make(unknowns);
  Matrix bounds(unknowns.size(), 2);
  for (Eigen::Index i = 0; i < unknowns.size(); ++i) {
    bounds.row(i) << unknowns[i].lower, unknowns[i].upper;
    if (!prior) continue;
    const auto [lower, upper] = prior->marginals()[static_cast<std::size_t>(i)].support();
    bounds(i, 0) = std::max(bounds(i, 0), lower);
    bounds(i, 1) = std::min(bounds(i, 1), upper);
  }
  return bounds;
}

}  // namespace scorefem::dataset
