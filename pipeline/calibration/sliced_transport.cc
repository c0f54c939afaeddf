#include "pipeline/calibration/sliced_transport.h"

#include <algorithm>

#include "diffusion/numerics/counter_random.h"
#include "pipeline/base/streams.h"
#include "pipeline/calibration/require_finite.h"

namespace scorefem::calibration {

using solver::ColumnBlock;
using solver::Matrix;

Matrix random_directions(Eigen::Index n_unknowns, Eigen::Index n, std::uint64_t seed) {
  const diffusion::CounterRandom random(seed, base::streams::projection);
  Matrix directions(n_unknowns, n);
  solver::Vector normal(n_unknowns);
  for (Eigen::Index k = 0; k < n; ++k) {
    random.normals(static_cast<std::uint64_t>(k), normal.data(), static_cast<std::size_t>(n_unknowns));
    directions.col(k) = normal.normalized();
  }
  return directions;
}

double sliced_transport(const Matrix& first, const Matrix& second, const Matrix& directions) {
  require_finite(first, "sliced transport: first samples");
  require_finite(second, "sliced transport: second samples");
  ColumnBlock a = first * directions;
  ColumnBlock b = second * directions;
  for (ColumnBlock* block : {&a, &b}) {
    for (Eigen::Index k = 0; k < block->cols(); ++k) std::sort(block->col(k).begin(), block->col(k).end());
  }
  return (a - b).cwiseAbs().mean();
}

}  // namespace scorefem::calibration
