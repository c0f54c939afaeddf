#include "pipeline/problem/noise/multiplicative.h"

#include <sstream>

namespace scorefem::problem {

using solver::Matrix;
using solver::Vector;

namespace {

/// What is 0 has no noise: a measurement of 0 is just what is expected of it, and says nothing more.
Mask counting(const Measurements& measurement, const Matrix& clean) {
  return measurement.there() && (measurement.values().array() != 0 || clean.array() != 0);
}

}  // namespace

Matrix MultiplicativeNoise::measure(const Matrix& clean, const Matrix& normal) const {
  return clean.array() * (1 + relative_ * normal.array());
}

Matrix MultiplicativeNoise::residuals(const Measurements& measurement, const Matrix& clean) const {
  const Matrix difference = measurement.values() - clean;
  const Matrix residual = (difference.array() / (relative_ * clean.array().abs())).matrix();
  return counting(measurement, clean).select(residual, 0.0);
}

Vector MultiplicativeNoise::log_scale(const Measurements& measurement, const Matrix& clean) const {
  return -counting(measurement, clean)
              .select((relative_ * clean.array().abs()).log(), 0.0)
              .rowwise()
              .sum()
              .matrix();
}

std::string MultiplicativeNoise::text(const Layout& /*observations*/) const {
  std::ostringstream out;
  out << relative_ << " of the value";
  return out.str();
}

void MultiplicativeNoiseSetup::describe(configuration::Section& s) {
  s.required().number("relative", relative_, configuration::positive(), "of the observation's value");
}

std::shared_ptr<const Noise> MultiplicativeNoiseSetup::make(const Layout& /*observations*/,
                                                            double /*unit*/) const {
  return std::make_shared<MultiplicativeNoise>(relative_);
}

}  // namespace scorefem::problem
