#include "pipeline/serving/posterior_function.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace scorefem::serving {

using nlohmann::json;
using problem::Measurements;
using solver::Matrix;
using solver::Vector;

namespace {

constexpr double kOutside = std::numeric_limits<double>::lowest();

/// Whether the prior has a density of the unknowns: clipped and singular ones have none.
bool has_density(const problem::Prior& prior) {
  return std::isfinite(prior.log_density(prior.draw(0, 0, 1))(0));
}

Vector scale_of(const problem::Noise& noise, Eigen::Index n) {
  const Matrix columns = noise.standardise(Matrix::Identity(n, n));
  return noise.level() * columns.rowwise().norm().cwiseInverse();
}

}  // namespace

PosteriorFunction::PosteriorFunction(Simulator& simulator, const Coordinates& coordinates,
                                     std::shared_ptr<const problem::Noise> noise,
                                     std::optional<Measurements> measurement)
    : simulator_(simulator),
      coordinates_(coordinates),
      noise_(std::move(noise)),
      measurement_(std::move(measurement)),
      noise_scale_(scale_of(*noise_, simulator.n_observations())),
      white_by_default_(!has_density(*simulator.prior())) {}

std::string PosteriorFunction::description() const {
  const std::string input = white_by_default_ ? "white coordinates" : "unknowns";
  return input + " [" + std::to_string(coordinates_.size(white_by_default_)) + "] to its log-density" +
         (measurement_ ? "" : " for the measurement that a request names in config.measurement");
}

bool PosteriorFunction::are_white(const json& config) const {
  const bool white = Coordinates::are_white(config, white_by_default_);
  if (!white && white_by_default_) {
    throw RequestError("UnsupportedFeature",
                       "the prior has no density of the unknowns, since it is clipped or singular; expected "
                       "config.coordinates \"white\"");
  }
  return white;
}

Eigen::Index PosteriorFunction::input_size(const json& config) const {
  return coordinates_.size(are_white(config));
}

std::vector<Eigen::Index> PosteriorFunction::output_sizes(const json& /*config*/) const {
  return {1};
}

Measurements PosteriorFunction::measurement(const json& config) const {
  if (!config.contains("measurement")) {
    if (!measurement_)
      throw invalid_input("no measurement was given to `scorefem serve`; expected one in config.measurement");
    return *measurement_;
  }
  const json& list = config["measurement"];
  const Eigen::Index n = simulator_.n_observations();
  if (!list.is_array() || static_cast<Eigen::Index>(list.size()) != n)
    throw invalid_input("config.measurement: expected a list of " + std::to_string(n) + " numbers");
  Matrix values(1, n);
  problem::Mask there = problem::Mask::Constant(1, n, true);
  for (Eigen::Index i = 0; i < n; ++i) {
    const json& value = list[static_cast<std::size_t>(i)];
    there(0, i) = !(value.is_null() && noise_->allows_masks());
    if (there(0, i) && !(value.is_number() && std::isfinite(value.get<double>())))
      throw invalid_input("config.measurement: entry " + std::to_string(i + 1) + " is not a finite number");
    values(0, i) = there(0, i) ? value.get<double>() : 0;
  }
  return {std::move(values), std::move(there)};
}

bool PosteriorFunction::within_bounds(const Vector& x) const {
  for (Eigen::Index j = 0; j < x.size(); ++j) {
    const problem::Component& unknown = simulator_.unknowns()[j];
    const auto [least, greatest] = simulator_.prior()->marginals()[static_cast<std::size_t>(j)].support();
    if (x(j) < std::max(least, unknown.lower) || x(j) > std::min(greatest, unknown.upper)) return false;
  }
  return true;
}

double PosteriorFunction::log_prior(bool white, const Vector& input) const {
  return white ? -0.5 * input.squaredNorm() : simulator_.prior()->log_density(input.transpose())(0);
}

Vector PosteriorFunction::log_prior_gradient(bool white, const Vector& input) const {
  if (white) return -input;
  const Eigen::Index d = input.size();
  Vector gradient(d);
  for (Eigen::Index j = 0; j < d; ++j) {
    double step = 1e-4 * simulator_.spread()(j);
    const auto [least, greatest] = simulator_.prior()->marginals()[static_cast<std::size_t>(j)].support();
    step = std::min({step, 0.5 * (input(j) - least), 0.5 * (greatest - input(j))});
    Vector ahead = input;
    Vector behind = input;
    ahead(j) += step;
    behind(j) -= step;
    gradient(j) = (log_prior(false, ahead) - log_prior(false, behind)) / (ahead(j) - behind(j));
  }
  return gradient;
}

Vector PosteriorFunction::log_likelihood(const Measurements& measurement, const Matrix& clean) const {
  const Measurements measurements = measurement.repeated(clean.rows());
  const Vector squares = noise_->residuals(measurements, clean).rowwise().squaredNorm();
  return noise_->log_scale(measurements, clean) - 0.5 * squares;
}

Vector PosteriorFunction::sensitivity(const Measurements& measurement, const Vector& clean) const {
  const Eigen::Index m = clean.size();
  Matrix points = clean.transpose().replicate(2 * m, 1);
  for (Eigen::Index i = 0; i < m; ++i) {
    double step = 1e-3 * noise_scale_(i);
    if (!noise_->is_additive() && clean(i) != 0) step = std::min(step, 1e-4 * std::abs(clean(i)));
    points(2 * i, i) += step;
    points(2 * i + 1, i) -= step;
  }
  const Vector values = log_likelihood(measurement, points);
  Vector result(m);
  for (Eigen::Index i = 0; i < m; ++i)
    result(i) = (values(2 * i) - values(2 * i + 1)) / (points(2 * i, i) - points(2 * i + 1, i));
  return result;
}

std::vector<Vector> PosteriorFunction::evaluate(const Measurements& input, const json& config) {
  const bool white = are_white(config);
  const Measurements y = measurement(config);
  const Vector at = input.values().row(0);
  const Vector x = coordinates_.unknowns(white, at);
  const double prior = within_bounds(x) ? log_prior(white, at) : kOutside;
  if (!(prior > kOutside)) return {Vector::Constant(1, kOutside)};
  const double value = prior + log_likelihood(y, simulator_.observe(x.transpose()))(0);
  return {Vector::Constant(1, std::max(value, kOutside))};
}

Vector PosteriorFunction::gradient(const Vector& input, const Vector& sens, const json& config) {
  const bool white = are_white(config);
  const Measurements y = measurement(config);
  const Vector x = coordinates_.unknowns(white, input);
  if (!within_bounds(x))
    throw invalid_input("input[0]: outside the prior's support, where there is no gradient");
  const Vector by_clean = sensitivity(y, simulator_.observe(x.transpose()).transpose());
  const Vector likelihood = coordinates_.pull_back(white, input, simulator_.gradient(x, by_clean));
  return sens(0) * (likelihood + log_prior_gradient(white, input));
}

Vector PosteriorFunction::apply_jacobian(const Vector& input, const Vector& direction, const json& config) {
  return Vector::Constant(1, gradient(input, Vector::Ones(1), config).dot(direction));
}

}  // namespace scorefem::serving
