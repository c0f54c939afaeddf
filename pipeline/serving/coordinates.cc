#include "pipeline/serving/coordinates.h"

#include <nlohmann/json.hpp>

#include "pipeline/serving/served_function.h"
#include "pipeline/truth/latent_posterior.h"

namespace scorefem::serving {
namespace {

using solver::Matrix;
using solver::Vector;

/// Of the coordinates that `scorefem reference` samples in.
Matrix root_of(const std::shared_ptr<const problem::Prior>& prior) {
  const truth::LatentPosterior posterior(prior, true, {}, nullptr);
  const Eigen::Index n = posterior.dimension();
  const Matrix ends = posterior.latent(Matrix::Identity(n, n));
  return (ends.rowwise() - prior->mean().transpose()).transpose();
}

}  // namespace

Coordinates::Coordinates(std::shared_ptr<const problem::Prior> prior)
    : prior_(std::move(prior)), root_(root_of(prior_)) {}

bool Coordinates::are_white(const nlohmann::json& config, bool by_default) {
  if (!config.contains("coordinates")) return by_default;
  const nlohmann::json& value = config["coordinates"];
  if (value != "white" && value != "unknowns")
    throw invalid_input("config.coordinates: expected \"unknowns\" or \"white\"");
  return value == "white";
}

Vector Coordinates::unknowns(bool white, const Vector& given) const {
  if (!white) return given;
  return prior_->unknowns(latent(given).transpose()).transpose();
}

Vector Coordinates::slopes(const Vector& white) const {
  constexpr double kStep = 1e-5;  // of a marginal's number, which is standard normal where it has bounds
  const Vector v = latent(white);
  Vector slopes(v.size());
  for (Eigen::Index j = 0; j < v.size(); ++j) {
    const problem::Marginal& marginal = prior_->marginals()[static_cast<std::size_t>(j)];
    slopes(j) = (marginal.value(v(j) + kStep) - marginal.value(v(j) - kStep)) / (2 * kStep);
  }
  return slopes;
}

Vector Coordinates::pull_back(bool white, const Vector& given, const Vector& gradient) const {
  if (!white) return gradient;
  return root_.transpose() * slopes(given).cwiseProduct(gradient);
}

Vector Coordinates::push_forward(bool white, const Vector& given, const Vector& direction) const {
  if (!white) return direction;
  return slopes(given).cwiseProduct(root_ * direction);
}

}  // namespace scorefem::serving
