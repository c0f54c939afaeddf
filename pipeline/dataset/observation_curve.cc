#include "pipeline/dataset/observation_curve.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>

#include "pipeline/problem/normal_distribution.h"

namespace scorefem::dataset {
namespace {

using Kind = ObservationCurve::Kind;

constexpr std::array<const char*, 2> kNames{"straight", "logarithm"};

/// Correlation of values, ascending, with the normal distribution's expected order statistics. They are seen
/// by a curve, which keeps their order.
double straightness(const std::vector<double>& ascending, const ObservationCurve& curve) {
  const auto n = static_cast<Eigen::Index>(ascending.size());
  Eigen::ArrayXd seen(n), normal(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    seen(i) = curve(ascending[static_cast<std::size_t>(i)]);
    // Blom's approximation of the expected order statistic.
    const double below = (static_cast<double>(i) + 0.625) / (static_cast<double>(n) + 0.25);
    normal(i) = problem::normal_quantile(below, 1 - below);
  }
  seen -= seen.mean();
  const double spread = seen.matrix().norm();
  return spread > 0 ? (seen * normal).sum() / (spread * normal.matrix().norm()) : 1;
}

}  // namespace

double ObservationCurve::operator()(double x) const {
  switch (kind) {
    case Kind::straight:
      return x;
    case Kind::logarithm:
      return x > centre ? std::log(x) : std::log(centre) + std::asinh((x - centre) / centre);
  }
  throw std::logic_error("ObservationCurve::kind");
}

ObservationCurve straightest_curve(std::vector<double> values) {
  constexpr std::size_t kFewest = 20;
  constexpr double kStraight = 0.95, kGain = 0.5;
  if (values.size() < kFewest) return {};
  std::sort(values.begin(), values.end());
  if (values.front() <= 0) return {};
  const double as_it_is = straightness(values, {});
  const ObservationCurve logarithm{Kind::logarithm, values.front()};
  const bool better = as_it_is < kStraight && 1 - straightness(values, logarithm) < kGain * (1 - as_it_is);
  return better ? logarithm : ObservationCurve{};
}

std::vector<ObservationCurve> straightest_curves(const problem::Measurements& measurements) {
  std::vector<ObservationCurve> curves;
  for (Eigen::Index j = 0; j < measurements.columns(); ++j) {
    std::vector<double> values;
    for (Eigen::Index i = 0; i < measurements.rows(); ++i)
      if (measurements.there()(i, j)) values.push_back(measurements.values()(i, j));
    curves.push_back(straightest_curve(std::move(values)));
  }
  return curves;
}

nlohmann::json to_json(const std::vector<ObservationCurve>& curves) {
  nlohmann::json json = nlohmann::json::array();
  for (const ObservationCurve& curve : curves)
    json.push_back({{"kind", kNames.at(static_cast<std::size_t>(curve.kind))}, {"centre", curve.centre}});
  return json;
}

std::vector<ObservationCurve> curves_from_json(const nlohmann::json& json) {
  std::vector<ObservationCurve> curves;
  for (const nlohmann::json& entry : json) {
    const auto name = entry.at("kind").get<std::string>();
    const auto* const found = std::find(kNames.begin(), kNames.end(), name);
    if (found == kNames.end()) throw std::invalid_argument("kind of an observation's curve: " + name);
    curves.push_back({static_cast<Kind>(found - kNames.begin()), entry.at("centre").get<double>()});
  }
  return curves;
}

}  // namespace scorefem::dataset
