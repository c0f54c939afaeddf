#pragma once

#include <vector>

namespace scorefem::base {

/// Quantile of values, linear between the order statistics (R's type 7, numpy.quantile's default).
/// @param values at least one, none NaN
/// @param probability in [0, 1]
double quantile(std::vector<double> values, double probability);

}  // namespace scorefem::base
