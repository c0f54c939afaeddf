#include "pipeline/calibration/detectable.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <vector>

#include "pipeline/problem/normal_distribution.h"

namespace scorefem::calibration {
namespace {

constexpr double kLargest = 100;  // factors beyond are not looked for

/// Probability of each rank among n samples, [n + 1]: the mean over truths of the binomial distribution of
/// how many samples are below.
std::vector<double> rank_probabilities(double spread, int n) {
  constexpr int kNodes = 401;
  constexpr double kEnd = 6;  // standard deviations
  std::vector<double> probability(static_cast<std::size_t>(n) + 1, 0.0);
  double total = 0;
  for (int k = 0; k < kNodes; ++k) {
    const double truth = kEnd * (2.0 * k / (kNodes - 1) - 1);
    const double weight = std::exp(-0.5 * truth * truth);
    const double below = std::clamp(problem::normal_cdf(truth / spread), 1e-300, 1 - 1e-16);
    for (int r = 0; r <= n; ++r) {
      probability[static_cast<std::size_t>(r)] +=
          weight * std::exp(std::lgamma(n + 1.0) - std::lgamma(r + 1.0) - std::lgamma(n - r + 1.0) +
                            r * std::log(below) + (n - r) * std::log1p(-below));
    }
    total += weight;
  }
  for (double& p : probability) p /= total;
  return probability;
}

/// Whether sets of stand-ins that are the truths in every measurement are more than so large a share of all:
/// a set has the truth in one measurement with probability 1 / (n_samples + 1). The truths cannot be rarer
/// than themselves.
bool truths_stand_in_for_themselves(int n_measurements, int n_samples, double share) {
  return std::pow(n_samples + 1.0, -n_measurements) >= share;
}

/// The factors nearest to 1 at which the expected statistic leaves its band.
Detectable nearest(const std::function<bool(double spread)>& leaves) {
  Detectable found;
  const auto search = [&](double far) {
    if (!leaves(far)) return std::numeric_limits<double>::quiet_NaN();
    double inside = 0, outside = std::log(far);  // logarithms
    for (int i = 0; i < 20; ++i) {
      const double middle = 0.5 * (inside + outside);
      (leaves(std::exp(middle)) ? outside : inside) = middle;
    }
    return std::exp(outside);
  };
  const double narrow = search(1 / kLargest), wide = search(kLargest);
  if (!std::isnan(narrow)) found.narrow = narrow;
  if (!std::isnan(wide)) found.wide = wide;
  return found;
}

}  // namespace

std::string Detectable::text() const {
  char line[80];
  const bool has_narrow = narrow > 0, has_wide = std::isfinite(wide);
  if (has_narrow && has_wide) {
    std::snprintf(line, sizeof line, "sd %.0f %% too small or %.0f %% too large", 100 * (1 - narrow),
                  100 * (wide - 1));
  } else if (has_narrow) {
    std::snprintf(line, sizeof line, "sd %.0f %% too small", 100 * (1 - narrow));
  } else if (has_wide) {
    std::snprintf(line, sizeof line, "sd %.0f %% too large", 100 * (wide - 1));
  } else {
    std::snprintf(line, sizeof line, "nothing, with so few measurements or samples");
  }
  return line;
}

double expected_rank_share(double z, double spread, int n_samples) {
  constexpr int kMany = 200;  // samples from which on the ranks are as good as continuous
  if (n_samples >= kMany) return problem::normal_cdf(spread * problem::normal_quantile(z, 1 - z));
  const std::vector<double> probability = rank_probabilities(spread, n_samples);
  double share = 0;
  for (int r = 0; r <= n_samples; ++r)
    share += probability[static_cast<std::size_t>(r)] * std::clamp((n_samples + 1) * z - r, 0.0, 1.0);
  return share;
}

Detectable detectable(const ExpectedCoverage& coverage, Eigen::Index at, int n_samples) {
  if (truths_stand_in_for_themselves(coverage.n_measurements, n_samples, coverage.tail)) return {};
  const double tail = 0.5 * (1 - coverage.level(at));
  return nearest([&](double spread) {
    const double inside = 1 - 2 * expected_rank_share(tail, spread, n_samples);
    return inside < coverage.low(at) || inside > coverage.high(at);
  });
}

Detectable detectable(const UniformityTest& test, int n_samples) {
  if (truths_stand_in_for_themselves(test.n_measurements, n_samples, test.level)) return {};
  // Counts are whole: the nearest that is rejected is one beyond the band.
  const double count = 1.0 / test.n_measurements;
  return nearest([&](double spread) {
    for (Eigen::Index k = 0; k < test.point.size(); ++k) {
      const double difference = expected_rank_share(test.point(k), spread, n_samples) - test.point(k);
      if (difference <= test.low(k) - count || difference >= test.high(k) + count) return true;
    }
    return false;
  });
}

}  // namespace scorefem::calibration
