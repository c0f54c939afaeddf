#include "pipeline/problem/noise.h"

#include <limits>
#include <sstream>

namespace scorefem::problem {

using solver::Matrix;
using solver::Vector;

Measurements Noise::standardised(const Measurements& measurements) const {
  return {standardise(measurements.values()), known_coordinates(measurements.there())};
}

Matrix Noise::residuals(const Measurements& measurement, const Matrix& clean) const {
  // The difference first: large observations cancel before they are scaled.
  Matrix residual = standardise(measurement.values() - clean) / level();
  if (!allows_masks()) {
    const Mask known = known_coordinates(measurement.there());
    residual = known.select(residual, std::numeric_limits<double>::quiet_NaN()).eval();
  }
  return measurement.there().select(residual, 0.0);
}

Vector Noise::log_scale(const Measurements& measurement, const Matrix& /*clean*/) const {
  return Vector::Zero(measurement.rows());
}

std::string Noise::text(const Layout& observations) const {
  const std::string unit = observations.common_unit();
  std::ostringstream out;
  out << level() << (unit.empty() ? "" : " (" + unit + ")");
  return out.str();
}

}  // namespace scorefem::problem
