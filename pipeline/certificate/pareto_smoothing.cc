#include "pipeline/certificate/pareto_smoothing.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <vector>

namespace scorefem::certificate {

using solver::Vector;

double ParetoTail::quantile(double probability) const {
  const double exponent = -std::log1p(-probability);
  return std::abs(k) < 1e-12 ? sigma * exponent : sigma / k * std::expm1(k * exponent);
}

ParetoTail fit_pareto(const Vector& x) {
  constexpr double kPrior = 3, kPullTo = 0.5, kPull = 10;
  const auto n = static_cast<double>(x.size());
  const auto m = static_cast<Eigen::Index>(30 + std::floor(std::sqrt(n)));
  const auto quarter = static_cast<Eigen::Index>(std::floor(n / 4 + 0.5)) - 1;
  // Ties at 0 would make the scale of b infinite.
  const double typical = std::max(x(quarter), 1e-10 * x(x.size() - 1));
  Vector b(m), profile(m);
  const auto shape = [&](double at) { return (-at * x.array()).log1p().mean(); };  // k for a given b
  for (Eigen::Index j = 0; j < m; ++j) {
    b(j) = 1 / x(x.size() - 1) +
           (1 - std::sqrt(static_cast<double>(m) / (static_cast<double>(j) + 0.5))) / (kPrior * typical);
    const double k = shape(b(j));
    profile(j) = n * (std::log(-b(j) / k) - k - 1);
  }
  double weighted = 0;
  for (Eigen::Index j = 0; j < m; ++j) {
    if (std::isfinite(profile(j))) weighted += b(j) / (profile.array() - profile(j)).exp().sum();
  }
  const double k = shape(weighted);
  return {(n * k + kPull * kPullTo) / (n + kPull), -k / weighted};
}

SmoothedWeights smoothed_weights(const Vector& log_weights) {
  constexpr Eigen::Index kFewest = 5;
  const Eigen::Index n = log_weights.size();
  const double largest = n > 0 ? log_weights.maxCoeff() : -std::numeric_limits<double>::infinity();
  if (!std::isfinite(largest) || log_weights.hasNaN())
    throw std::invalid_argument("importance weights: expected numbers, not all of them 0");
  SmoothedWeights result{(log_weights.array() - largest).exp(), std::numeric_limits<double>::infinity(), 0};
  Vector& w = result.weights;
  // A vectorised exponential may leave a little of what is 0.
  w = (log_weights.array() == -std::numeric_limits<double>::infinity()).select(0.0, w);
  const auto n_tail = static_cast<Eigen::Index>(
      std::ceil(std::min(0.2 * static_cast<double>(n), 3 * std::sqrt(static_cast<double>(n)))));
  if (n_tail >= kFewest && n_tail < n) {
    std::vector<Eigen::Index> order(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](Eigen::Index a, Eigen::Index b) { return w(a) < w(b); });
    const Eigen::Index first = n - n_tail;
    const double cut = w(order[static_cast<std::size_t>(first - 1)]);
    Vector tail(n_tail);
    for (Eigen::Index i = 0; i < n_tail; ++i) tail(i) = w(order[static_cast<std::size_t>(first + i)]) - cut;
    if (tail(n_tail - 1) > 1e-12 * (cut + tail(n_tail - 1))) {
      const ParetoTail fit = fit_pareto(tail);
      result.khat = fit.k;
      for (Eigen::Index i = 0; std::isfinite(fit.k) && i < n_tail; ++i) {
        const double p = (static_cast<double>(i) + 0.5) / static_cast<double>(n_tail);
        w(order[static_cast<std::size_t>(first + i)]) = std::min(cut + fit.quantile(p), 1.0);
      }
      if (!std::isfinite(fit.k)) result.khat = std::numeric_limits<double>::infinity();
    } else {
      result.khat = -std::numeric_limits<double>::infinity();  // all the same: nothing varies
    }
  }
  w /= w.sum();
  result.effective = 1 / w.squaredNorm();
  return result;
}

}  // namespace scorefem::certificate
