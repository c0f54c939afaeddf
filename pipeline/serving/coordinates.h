#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>

#include "pipeline/problem/prior.h"

namespace scorefem::serving {

/// What the numbers of a request mean: the unknowns themselves, or numbers that are standard normal and
/// independent under the prior, of which the unknowns are a function: `config: {"coordinates": "white"}`. In
/// these every prior has a density, also one that is clipped, or singular.
class Coordinates {
 public:
  explicit Coordinates(std::shared_ptr<const problem::Prior> prior);

  /// Whether a request is about white coordinates.
  /// @throws RequestError InvalidInput for a value of the key that is neither
  static bool are_white(const nlohmann::json& config, bool by_default);
  Eigen::Index size(bool white) const { return white ? root_.cols() : root_.rows(); }

  solver::Vector unknowns(bool white, const solver::Vector& given) const;
  /// From a derivative by the unknowns to one by what was given.
  solver::Vector pull_back(bool white, const solver::Vector& given, const solver::Vector& gradient) const;
  /// From a direction of what was given to one of the unknowns.
  solver::Vector push_forward(bool white, const solver::Vector& given, const solver::Vector& direction) const;

 private:
  solver::Vector latent(const solver::Vector& white) const { return prior_->mean() + root_ * white; }
  solver::Vector slopes(const solver::Vector& white) const;

  std::shared_ptr<const problem::Prior> prior_;
  solver::Matrix root_;  // of the prior's covariance [n_unknowns, dimension]
};

}  // namespace scorefem::serving
