#include "pipeline/calibration/expected_coverage.h"

#include <algorithm>
#include <cmath>

namespace scorefem::calibration {
namespace {

using solver::Matrix;

/// Shares of a set inside each central interval, narrowest first.
Eigen::RowVectorXd shares(const RankCounts& counts, int set) {
  const std::size_t n_edges = RankCounts::edges().size();
  const std::size_t n_levels = n_edges / 2;
  Eigen::RowVectorXd inside = Eigen::RowVectorXd::Zero(static_cast<Eigen::Index>(n_levels));
  for (int j = 0; j < counts.n_quantities(); ++j) {
    const std::vector<int> below = counts.below(set, j);
    for (std::size_t k = 0; k < n_levels; ++k) {
      const std::size_t lower = n_levels - 1 - k;
      inside(static_cast<Eigen::Index>(k)) += below[n_edges - 1 - lower] - below[lower];
    }
  }
  return inside / (static_cast<double>(counts.n_measurements()) * counts.n_quantities());
}

}  // namespace

Eigen::Index ExpectedCoverage::at_standard_deviations(int n) const {
  Eigen::Index position = 0;
  (level.array() - std::erf(n / std::sqrt(2.0))).abs().minCoeff(&position);
  return position;
}

ExpectedCoverage expected_coverage(const RankCounts& counts, double level) {
  const std::vector<double>& edges = RankCounts::edges();
  const auto n_levels = static_cast<Eigen::Index>(edges.size() / 2);
  Matrix stand_ins(counts.n_stand_ins(), n_levels);
  for (int set = 1; set <= counts.n_stand_ins(); ++set) stand_ins.row(set - 1) = shares(counts, set);

  ExpectedCoverage coverage{solver::Vector(n_levels),
                            shares(counts, 0).transpose(),
                            solver::Vector(n_levels),
                            solver::Vector(n_levels),
                            level / 2,
                            counts.n_measurements()};
  // So many of the sets, the truths among them, lie beyond each end of the band.
  const auto beyond = static_cast<std::ptrdiff_t>(level / 2 * (counts.n_stand_ins() + 1));
  for (Eigen::Index k = 0; k < n_levels; ++k) {
    coverage.level(k) = 1 - 2 * edges[static_cast<std::size_t>(n_levels - 1 - k)];
    solver::Vector sorted = stand_ins.col(k);
    std::sort(sorted.begin(), sorted.end());
    coverage.low(k) = beyond == 0 ? 0 : sorted(beyond - 1);
    coverage.high(k) = beyond == 0 ? 1 : sorted(sorted.size() - beyond);
  }
  return coverage;
}

}  // namespace scorefem::calibration
