#include "pipeline/calibration/scores.h"

#include <omp.h>

#include <algorithm>

#include "diffusion/numerics/team.h"
#include "pipeline/calibration/require_finite.h"

namespace scorefem::calibration {

using solver::Matrix;
using solver::Vector;

Vector crps(const Matrix& samples, const Vector& truth) {
  require_finite(samples, "CRPS: samples");
  require_finite(truth, "CRPS: truth");
  const Eigen::Index n = samples.rows();
  const auto count = static_cast<double>(n);
  Vector scores(samples.cols());
  diffusion::for_each_index(samples.cols(), omp_get_max_threads(), [&](Eigen::Index j) {
    Vector sorted = samples.col(j);
    std::sort(sorted.begin(), sorted.end());
    // The sum of all differences between pairs: the i-th smallest is added i times and subtracted n - 1 - i
    // times.
    const Vector weight = Vector::LinSpaced(n, 1 - count, count - 1);
    const double spread = weight.dot(sorted) / (count * (count - 1));
    scores(j) = (sorted.array() - truth(j)).abs().mean() - spread;
  });
  return scores;
}

double energy_score(const Matrix& samples, const Vector& truth, const Vector& scale, Eigen::Index n_shifts) {
  require_finite(samples, "energy score: samples");
  require_finite(truth, "energy score: truth");
  const Eigen::Index n = samples.rows();
  const Matrix scaled = samples * scale.cwiseInverse().asDiagonal();
  const Vector target = truth.cwiseQuotient(scale);
  const double distance = (scaled.rowwise() - target.transpose()).rowwise().norm().mean();
  const Eigen::Index used = std::min(n_shifts, n - 1);
  double spread = 0;
  for (Eigen::Index k = 1; k <= used; ++k) {
    const Eigen::Index shift = k * n / (used + 1);
    spread += (scaled.topRows(n - shift) - scaled.bottomRows(n - shift)).rowwise().norm().sum() +
              (scaled.topRows(shift) - scaled.bottomRows(shift)).rowwise().norm().sum();
  }
  return distance - 0.5 * spread / static_cast<double>(used * n);
}

}  // namespace scorefem::calibration
