#include "diffusion/comparison/sinkhorn.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "diffusion/numerics/require.h"

namespace scorefem::diffusion {

namespace {

constexpr double kMinusInfinity = -std::numeric_limits<double>::infinity();
/// Over-relaxation (Thibault, Chizat, Dossal, Papadakis, "Overrelaxed Sinkhorn-Knopp algorithm for
/// regularized optimal transport", Algorithms 14, 2021): several times fewer iterations than 1, the plain
/// algorithm. Far from the solution it can cycle for ever, so an iteration is plain unless the one before it
/// reduced the error.
constexpr double kRelaxation = 1.8;

void sort_checked(std::vector<double>& samples) {
  if (samples.empty()) throw std::invalid_argument("sinkhorn: a set of samples is empty");
  for (const double value : samples)
    if (!std::isfinite(value)) require(false, "sinkhorn: sample", value, "finite numbers");
  std::sort(samples.begin(), samples.end());
}

/// log(exp(a) + exp(b)), also where both are zero.
double log_add(double a, double b) {
  const double larger = std::max(a, b);
  return larger == kMinusInfinity ? larger : larger + std::log1p(std::exp(std::min(a, b) - larger));
}

/// The mass of all sources that a sweep has passed, each damped by exp(-distance / epsilon), and its mean
/// distance; both as seen from the present position.
class Damped {
 public:
  explicit Damped(double epsilon) : epsilon_(epsilon) {}

  void move(double distance) {
    log_mass_ -= distance / epsilon_;
    mean_distance_ += distance;
  }
  /// A source at the present position.
  void add(double log_mass) {
    log_mass_ = log_add(log_mass_, log_mass);
    mean_distance_ *= -std::expm1(log_mass - log_mass_);
  }
  double log_mass() const { return log_mass_; }
  double mean_distance() const { return mean_distance_; }

 private:
  double epsilon_;
  double log_mass_ = kMinusInfinity;
  double mean_distance_ = 0.0;
};

/// For each target in the sorted list `to`, calls visit(target, damped) with the sources of the sorted list
/// `from` that lie at or to the left of it, then with those to the right of it.
template <class Visit>
void sweep(const std::vector<double>& from, const std::vector<double>& log_mass,
           const std::vector<double>& to, double epsilon, const Visit& visit) {
  const auto n = static_cast<std::ptrdiff_t>(from.size());
  const auto m = static_cast<std::ptrdiff_t>(to.size());
  const auto source = [&](std::ptrdiff_t i) { return static_cast<std::size_t>(i); };
  const auto run = [&](std::ptrdiff_t i, std::ptrdiff_t j, std::ptrdiff_t step, const auto& passed) {
    Damped damped(epsilon);
    for (double position = to[source(j)]; j >= 0 && j < m; j += step) {
      const double target = to[source(j)];
      for (; i >= 0 && i < n && passed(from[source(i)], target); i += step) {
        if (damped.log_mass() == kMinusInfinity) position = from[source(i)];
        damped.move(std::abs(from[source(i)] - position));
        damped.add(log_mass[source(i)]);
        position = from[source(i)];
      }
      if (damped.log_mass() != kMinusInfinity) damped.move(std::abs(target - position));
      position = target;
      visit(source(j), damped);
    }
  };
  run(0, 0, 1, [](double x, double target) { return x <= target; });
  run(n - 1, m - 1, -1, [](double x, double target) { return x > target; });
}

/// log sum_i exp(log_mass_i - |from_i - to_j| / epsilon) for every j.
void log_kernel_sum(const std::vector<double>& from, const std::vector<double>& log_mass,
                    const std::vector<double>& to, double epsilon, std::vector<double>& result) {
  result.assign(to.size(), kMinusInfinity);
  sweep(from, log_mass, to, epsilon,
        [&](std::size_t j, const Damped& damped) { result[j] = log_add(result[j], damped.log_mass()); });
}

/// sum_ij P_ij |x_i - y_j| with log P_ij = log_u_i + log_v_j - |x_i - y_j| / epsilon.
double transport_cost(const std::vector<double>& x, const std::vector<double>& log_u,
                      const std::vector<double>& y, const std::vector<double>& log_v, double epsilon) {
  double cost = 0.0;
  sweep(x, log_u, y, epsilon, [&](std::size_t j, const Damped& damped) {
    cost += std::exp(damped.log_mass() + log_v[j]) * damped.mean_distance();
  });
  return cost;
}

/// One update of a scaling vector towards log_weight - log_sum, which alone would make its
/// marginal exact. Returns the error of that marginal before the update.
double relax(std::vector<double>& scaling, const std::vector<double>& log_sum, double log_weight,
             double relaxation) {
  double error = 0.0;
  for (std::size_t i = 0; i < scaling.size(); ++i) {
    const double excess = scaling[i] + log_sum[i] - log_weight;
    error += std::exp(log_weight) * std::abs(std::expm1(excess));
    scaling[i] -= relaxation * excess;
  }
  return error;
}

}  // namespace

void SinkhornOptions::validate() const {
  require(std::isfinite(regularisation) && regularisation > 0.0, "sinkhorn: regularisation", regularisation,
          "> 0");
  require(std::isfinite(tolerance) && tolerance > 0.0, "sinkhorn: tolerance", tolerance, "> 0");
  require(max_iterations >= 1, "sinkhorn: max_iterations", max_iterations, ">= 1");
}

SinkhornResult sinkhorn_cost(std::vector<double> x, std::vector<double> y, const SinkhornOptions& options) {
  options.validate();
  sort_checked(x);
  sort_checked(y);
  const double epsilon = options.regularisation;
  const double range = std::max(x.back(), y.back()) - std::min(x.front(), y.front());
  require(std::isfinite(range / epsilon), "sinkhorn: regularisation", epsilon,
          "large enough for distance / regularisation to be finite");
  const double log_weight_x = -std::log(static_cast<double>(x.size()));
  const double log_weight_y = -std::log(static_cast<double>(y.size()));
  std::vector<double> log_u(x.size(), log_weight_x), log_v(y.size(), log_weight_y), sum;
  SinkhornResult result{0.0, std::numeric_limits<double>::infinity(), 0, false};
  double relaxation = 1.0;
  while (!result.converged && result.iterations < options.max_iterations) {
    const double error_before = result.marginal_error;
    log_kernel_sum(x, log_u, y, epsilon, sum);
    result.marginal_error = relax(log_v, sum, log_weight_y, relaxation);
    log_kernel_sum(y, log_v, x, epsilon, sum);
    result.marginal_error += relax(log_u, sum, log_weight_x, relaxation);
    relaxation = result.marginal_error < error_before ? kRelaxation : 1.0;
    ++result.iterations;
    result.converged = result.marginal_error <= options.tolerance;
  }
  result.cost = transport_cost(x, log_u, y, log_v, epsilon);
  return result;
}

}  // namespace scorefem::diffusion
