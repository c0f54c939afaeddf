#include "pipeline/problem/normal_distribution.h"

#include <algorithm>
#include <boost/math/special_functions/erf.hpp>
#include <cmath>
#include <limits>

namespace scorefem::problem {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kRootTwo = 1.41421356237309504880;

}  // namespace

double normal_cdf(double v) {
  return 0.5 * std::erfc(-v / kRootTwo);
}

double normal_mass(double from, double to) {
  // In the tail that both ends are in, or the larger one's: differences of small numbers stay exact.
  return from > 0 ? normal_cdf(-from) - normal_cdf(-to) : normal_cdf(to) - normal_cdf(from);
}

double normal_quantile(double below, double above) {
  const double tail = std::min(below, above);
  if (!(tail > 0)) return below <= above ? -kInfinity : kInfinity;
  const double distance = kRootTwo * boost::math::erfc_inv(2 * std::min(tail, 0.5));
  return below <= above ? -distance : distance;
}

double truncated_normal_quantile(double v, double from, double to) {
  const double share = normal_cdf(v), rest = normal_cdf(-v), mass = normal_mass(from, to);
  return std::clamp(normal_quantile(normal_cdf(from) + share * mass, normal_cdf(-to) + rest * mass), from,
                    to);
}

double truncated_normal_number(double z, double from, double to) {
  const double inside = std::clamp(z, from, to), mass = normal_mass(from, to);
  return normal_quantile(normal_mass(from, inside) / mass, normal_mass(inside, to) / mass);
}

}  // namespace scorefem::problem
