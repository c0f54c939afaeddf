#pragma once

#include <vector>

#include "pipeline/problem/marginal.h"
#include "pipeline/study/study.h"

namespace scorefem::dataset {

/// The coordinates in which unknowns are learnt. Where they have bounds these are unbounded, so that no
/// sample leaves the bounds: those of the prior's own Gaussian vector, else a smooth map of the bounds. A
/// clipped prior is learnt as it is, or before its clipping (ModelOptions::positive), and what is sampled is
/// clipped then.
struct NetworkCoordinates {
  std::vector<problem::Marginal> marginals;  //!< empty: the unknowns themselves

  /// [n, n_unknowns]
  solver::Matrix of(const solver::Matrix& unknowns) const;
  solver::Matrix unknowns(const solver::Matrix& coordinates) const;
};

/// @param unknowns with their bounds
NetworkCoordinates network_coordinates(const study::Study& study, const problem::Layout& unknowns);

/// Bounds that every sample should be within [n_unknowns, 2]: of the prior and of the layout.
solver::Matrix support(const study::Study& study, const problem::Layout& unknowns);

}  // namespace scorefem::dataset
