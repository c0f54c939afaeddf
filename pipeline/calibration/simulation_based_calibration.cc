#include "pipeline/calibration/simulation_based_calibration.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace scorefem::calibration {
namespace {

using solver::Matrix;

/// Twice the smaller tail probability of each count under Binomial(n, z) [n + 1, n_points].
Matrix two_sided_tails(int n, const std::vector<double>& points) {
  Matrix tails(n + 1, static_cast<Eigen::Index>(points.size()));
  for (std::size_t k = 0; k < points.size(); ++k) {
    const auto column = static_cast<Eigen::Index>(k);
    const double z = points[k];
    const auto probability = [&](int c) {
      return std::exp(std::lgamma(n + 1.0) - std::lgamma(c + 1.0) - std::lgamma(n - c + 1.0) +
                      c * std::log(z) + (n - c) * std::log1p(-z));
    };
    double lower = 0;
    for (int c = 0; c <= n; ++c) tails(c, column) = 2 * (lower += probability(c));
    double upper = 0;
    for (int c = n; c >= 0; --c) tails(c, column) = std::min(tails(c, column), 2 * (upper += probability(c)));
  }
  return tails;
}

/// The least probable point of one set's empirical distribution function.
double least_tail(const std::vector<int>& below, const Matrix& tails) {
  double least = 1;
  for (std::size_t k = 0; k < below.size(); ++k)
    least = std::min(least, tails(below[k], static_cast<Eigen::Index>(k)));
  return least;
}

}  // namespace

UniformityTest test_uniformity(const RankCounts& counts, double level) {
  const std::vector<double>& points = RankCounts::edges();
  const auto n_points = static_cast<Eigen::Index>(points.size());
  const int n = counts.n_measurements();
  const Matrix tails = two_sided_tails(n, points);

  UniformityTest test{solver::Vector(n_points),
                      Matrix(n_points, counts.n_quantities()),
                      solver::Vector(n_points),
                      solver::Vector(n_points),
                      1,
                      0,
                      n,
                      level};
  std::vector<double> least(static_cast<std::size_t>(counts.n_stand_ins()) + 1, 2);
  for (int j = 0; j < counts.n_quantities(); ++j) {
    for (int set = 0; set <= counts.n_stand_ins(); ++set) {
      const double tail = least_tail(counts.below(set, j), tails);
      double& smallest = least[static_cast<std::size_t>(set)];
      if (set == 0 && tail < smallest) test.worst = j;
      smallest = std::min(smallest, tail);
    }
    const std::vector<int> below = counts.below(0, j);
    for (Eigen::Index k = 0; k < n_points; ++k) {
      const auto at = static_cast<std::size_t>(k);
      test.difference(k, j) = static_cast<double>(below[at]) / n - points[at];
    }
  }
  const double observed = least[0];
  std::sort(least.begin() + 1, least.end());
  const auto as_small = std::upper_bound(least.begin() + 1, least.end(), observed) - (least.begin() + 1);
  test.p_value = (1.0 + static_cast<double>(as_small)) / static_cast<double>(least.size());

  // The p-value is below the level if the truths are more extreme than this set.
  const auto rejected = static_cast<std::size_t>(std::ceil(level * static_cast<double>(least.size()))) - 1;
  const double threshold = rejected == 0 ? 0 : least[rejected];
  for (Eigen::Index k = 0; k < n_points; ++k) {
    const double z = points[static_cast<std::size_t>(k)];
    test.point(k) = z;
    int low = 0, high = n;
    while (low < n && tails(low, k) < threshold) ++low;
    while (high > low && tails(high, k) < threshold) --high;
    test.low(k) = static_cast<double>(low) / n - z;
    test.high(k) = static_cast<double>(high) / n - z;
  }
  return test;
}

}  // namespace scorefem::calibration
