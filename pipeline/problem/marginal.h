#pragma once

#include <nlohmann/json_fwd.hpp>
#include <utility>
#include <vector>

#include "solver/matrix.h"

namespace scorefem::problem {

/// A smooth, increasing map between a number that may be anything and a value within bounds. Priors use it
/// to make one unknown of a standard normal number; the network learns the unbounded number, so that no
/// sample of it leaves the bounds.
struct Marginal {
  enum class Kind {
    normal,            //!< mean + sd v
    clipped,           //!< max(0, v): not smooth; the value of a Gaussian process that is clipped at 0
    log_normal,        //!< lower + exp(mean + sd v), or upper - exp(mean + sd v)
    uniform,           //!< lower + (upper - lower) Phi(v)
    truncated_normal,  //!< N(mean, sd^2) on [lower, upper], of which one may be infinite: quantile at Phi(v)
    bounded            //!< x with x + sd log((x - lower) / (upper - x)) = v: v itself but for bounds nearby
  };
  Kind kind = Kind::normal;
  double mean = 0;
  double sd = 1;     //!< > 0; bounded: how near to a bound the map begins to bend
  double lower = 0;  //!< log_normal: what it is above, -inf if it is below `upper`
  double upper = 0;

  /// The map from an unbounded number to a value, whatever the rounding within the bounds.
  double value(double v) const;
  /// Its inverse. Values on a bound, which no finite number has, give one far out.
  double number(double x) const;
  /// Logarithm of the density of the value x of a standard normal number v; NaN where there is no density.
  double log_density(double x) const;
  /// Least and greatest value; infinite where there is none.
  std::pair<double, double> support() const;
  bool smooth() const { return kind != Kind::clipped; }
};

/// The values of whole vectors, [n, size].
solver::Matrix values(const std::vector<Marginal>& marginals, const solver::Matrix& numbers);
solver::Matrix numbers(const std::vector<Marginal>& marginals, const solver::Matrix& values);

/// Unbounded coordinates for values in [lower, upper], either of which may be infinite, in which nothing is
/// said about how the values are distributed.
Marginal unbounded(double lower, double upper);

/// For files that must be read without the configuration.
nlohmann::json to_json(const std::vector<Marginal>& marginals);
/// @throws std::invalid_argument if the text is not what to_json() wrote.
std::vector<Marginal> marginals_from_json(const nlohmann::json& json);

}  // namespace scorefem::problem
