#include "pipeline/problem/noise.h"

#include <sstream>

namespace scorefem::problem {

using solver::Matrix;
using solver::Vector;

Matrix Noise::residuals(const Matrix& measurement, const Matrix& clean) const {
  // The difference first: large observations cancel before they are scaled.
  const Matrix residual = standardise(measurement - clean) / level();
  return (measurement.array() == measurement.array()).select(residual, 0.0);
}

Vector Noise::log_scale(const Matrix& measurement, const Matrix& /*clean*/) const {
  return Vector::Zero(measurement.rows());
}

std::string Noise::text(const Layout& observations) const {
  const std::string unit = observations.common_unit();
  std::ostringstream out;
  out << level() << (unit.empty() ? "" : " (" + unit + ")");
  return out.str();
}

}  // namespace scorefem::problem
