#include "pipeline/problem/marginal.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>

#include "pipeline/problem/normal_distribution.h"

namespace scorefem::problem {
namespace {

using Kind = Marginal::Kind;
constexpr std::array<std::pair<Kind, const char*>, 6> kNames{{{Kind::normal, "normal"},
                                                              {Kind::clipped, "clipped"},
                                                              {Kind::log_normal, "log_normal"},
                                                              {Kind::uniform, "uniform"},
                                                              {Kind::truncated_normal, "truncated_normal"},
                                                              {Kind::bounded, "bounded"}}};
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Of a log-normal value: how far it is from its bound.
double distance(const Marginal& m, double x) {
  return std::isinf(m.lower) ? m.upper - x : x - m.lower;
}

/// x for x + sd t = v, t = log((x - lower) / (upper - x)): Newton's method in t, which is anything, kept
/// within what x in [lower, upper] leaves for t.
double bounded_value(const Marginal& m, double v) {
  const double width = m.upper - m.lower;
  double low = (v - m.upper) / m.sd, high = (v - m.lower) / m.sd;
  double t = 0.5 * (low + high);
  for (int i = 0; i < 200; ++i) {
    const double share = 1 / (1 + std::exp(-t));
    const double excess = m.lower + width * share + m.sd * t - v;
    (excess > 0 ? high : low) = t;
    double next = t - excess / (width * share * (1 - share) + m.sd);
    if (!(next > low && next < high)) next = 0.5 * (low + high);
    if (std::abs(next - t) <= 1e-15 * (1 + std::abs(t))) break;
    t = next;
  }
  return std::clamp(m.lower + width / (1 + std::exp(-t)), m.lower, m.upper);
}

}  // namespace

double Marginal::value(double v) const {
  switch (kind) {
    case Kind::normal:
      return mean + sd * v;
    case Kind::clipped:
      return std::max(0.0, v);
    case Kind::log_normal: {
      const double offset = std::exp(mean + sd * v);
      return std::isinf(lower) ? upper - offset : lower + offset;
    }
    case Kind::uniform:
      return std::clamp(lower + (upper - lower) * normal_cdf(v), lower, upper);
    case Kind::truncated_normal: {
      const double from = (lower - mean) / sd, to = (upper - mean) / sd;
      return std::clamp(mean + sd * truncated_normal_quantile(v, from, to), lower, upper);
    }
    case Kind::bounded:
      return bounded_value(*this, v);
  }
  return NAN;
}

double Marginal::number(double x) const {
  constexpr double kFar = 8;  // standard deviations: as far as a double tells from the bound
  switch (kind) {
    case Kind::normal:
      return (x - mean) / sd;
    case Kind::clipped:
      return x;
    case Kind::log_normal: {
      const double tiny = std::numeric_limits<double>::min();
      return (std::log(std::max(distance(*this, x), tiny)) - mean) / sd;
    }
    case Kind::uniform: {
      const double below = (x - lower) / (upper - lower), above = (upper - x) / (upper - lower);
      return std::clamp(normal_quantile(below, above), -kFar, kFar);
    }
    case Kind::truncated_normal: {
      const double from = (lower - mean) / sd, to = (upper - mean) / sd;
      return std::clamp(truncated_normal_number((x - mean) / sd, from, to), -kFar, kFar);
    }
    case Kind::bounded: {
      const double nothing = std::numeric_limits<double>::epsilon() * (upper - lower);
      return x + sd * std::log(std::max(x - lower, nothing) / std::max(upper - x, nothing));
    }
  }
  return NAN;
}

double Marginal::log_density(double x) const {
  constexpr double kLogRootTwoPi = 0.918938533204672741780;
  const auto normal_log_density = [&](double z) { return -0.5 * z * z - kLogRootTwoPi; };
  switch (kind) {
    case Kind::normal:
      return normal_log_density((x - mean) / sd) - std::log(sd);
    case Kind::clipped:
      return NAN;
    case Kind::log_normal: {
      const double d = distance(*this, x);
      if (!(d > 0)) return -kInfinity;
      return normal_log_density((std::log(d) - mean) / sd) - std::log(sd) - std::log(d);
    }
    case Kind::uniform:
      return x >= lower && x <= upper ? -std::log(upper - lower) : -kInfinity;
    case Kind::truncated_normal: {
      if (!(x >= lower && x <= upper)) return -kInfinity;
      const double mass = normal_mass((lower - mean) / sd, (upper - mean) / sd);
      return normal_log_density((x - mean) / sd) - std::log(sd) - std::log(mass);
    }
    case Kind::bounded:
      if (!(x > lower && x < upper)) return -kInfinity;
      return normal_log_density(number(x)) + std::log1p(sd / (x - lower) + sd / (upper - x));
  }
  return NAN;
}

std::pair<double, double> Marginal::support() const {
  switch (kind) {
    case Kind::normal:
      break;
    case Kind::clipped:
      return {0, kInfinity};
    case Kind::log_normal:
      return std::isinf(lower) ? std::pair(-kInfinity, upper) : std::pair(lower, kInfinity);
    case Kind::uniform:
    case Kind::truncated_normal:
    case Kind::bounded:
      return {lower, upper};
  }
  return {-kInfinity, kInfinity};
}

solver::Matrix values(const std::vector<Marginal>& marginals, const solver::Matrix& numbers) {
  solver::Matrix result(numbers.rows(), numbers.cols());
  for (Eigen::Index j = 0; j < numbers.cols(); ++j) {
    const Marginal& marginal = marginals[static_cast<std::size_t>(j)];
    for (Eigen::Index i = 0; i < numbers.rows(); ++i) result(i, j) = marginal.value(numbers(i, j));
  }
  return result;
}

solver::Matrix numbers(const std::vector<Marginal>& marginals, const solver::Matrix& values) {
  solver::Matrix result(values.rows(), values.cols());
  for (Eigen::Index j = 0; j < values.cols(); ++j) {
    const Marginal& marginal = marginals[static_cast<std::size_t>(j)];
    for (Eigen::Index i = 0; i < values.rows(); ++i) result(i, j) = marginal.number(values(i, j));
  }
  return result;
}

Marginal unbounded(double lower, double upper) {
  if (std::isinf(lower) && std::isinf(upper)) return {};
  if (std::isinf(lower) || std::isinf(upper)) return {Marginal::Kind::log_normal, 0, 1, lower, upper};
  return {Marginal::Kind::bounded, 0, 0.1 * (upper - lower), lower, upper};
}

nlohmann::json to_json(const std::vector<Marginal>& marginals) {
  nlohmann::json list = nlohmann::json::array();
  const auto bound = [](double value) {
    return std::isinf(value) ? nlohmann::json(nullptr) : nlohmann::json(value);
  };
  for (const Marginal& marginal : marginals) {
    const auto* const named = std::find_if(kNames.begin(), kNames.end(),
                                           [&](const auto& each) { return each.first == marginal.kind; });
    list.push_back({{"kind", named->second},
                    {"mean", marginal.mean},
                    {"sd", marginal.sd},
                    {"lower", bound(marginal.lower)},
                    {"upper", bound(marginal.upper)}});
  }
  return list;
}

std::vector<Marginal> marginals_from_json(const nlohmann::json& json) {
  std::vector<Marginal> marginals;
  try {
    for (const nlohmann::json& entry : json) {
      const auto name = entry.at("kind").get<std::string>();
      const auto* const named =
          std::find_if(kNames.begin(), kNames.end(), [&](const auto& each) { return each.second == name; });
      if (named == kNames.end()) throw std::invalid_argument("unknown kind of coordinate " + entry.dump());
      const auto bound = [&](const char* key, double infinite) {
        return entry.at(key).is_null() ? infinite : entry.at(key).get<double>();
      };
      marginals.push_back({named->first, entry.at("mean").get<double>(), entry.at("sd").get<double>(),
                           bound("lower", -kInfinity), bound("upper", kInfinity)});
    }
  } catch (const nlohmann::json::exception& error) {
    throw std::invalid_argument(std::string("coordinates: ") + error.what());
  }
  return marginals;
}

}  // namespace scorefem::problem
