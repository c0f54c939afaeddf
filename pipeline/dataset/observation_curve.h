#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "pipeline/problem/measurements.h"

namespace scorefem::dataset {

/// A smooth, increasing map of one observation. Populations, rates and concentrations range over orders of
/// magnitude: a few large values decide their mean and variance, in which all others look alike. Networks see
/// such an observation by its logarithm.
struct ObservationCurve {
  enum class Kind {
    straight,  //!< x
    logarithm  //!< log x; below `centre` > 0 log(centre) + asinh(x / centre - 1), of the same slope there
  };
  Kind kind = Kind::straight;
  double centre = 0;  //!< logarithm: the least training value

  /// Finite for every finite x.
  double operator()(double x) const;
  bool bends() const { return kind != Kind::straight; }
};

/// A logarithm, if it makes the values look much more like a normal distribution's: the correlation of their
/// normal probability plot (Filliben, Technometrics 17, 1975) is below 0.95, and the logarithm's lacks at
/// most half as much to 1. Counts, of which some are 0, stay what they are.
/// @param values finite; straight if they are fewer than 20 or not all positive
ObservationCurve straightest_curve(std::vector<double> values);

/// Of each observation, from the rows in which it is there.
std::vector<ObservationCurve> straightest_curves(const problem::Measurements& measurements);

/// For files that must be read without the data set.
nlohmann::json to_json(const std::vector<ObservationCurve>& curves);
/// @throws nlohmann::json::exception or std::invalid_argument if it is not what to_json() wrote
std::vector<ObservationCurve> curves_from_json(const nlohmann::json& json);

}  // namespace scorefem::dataset
