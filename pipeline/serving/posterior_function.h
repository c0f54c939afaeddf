#pragma once

#include <memory>
#include <optional>

#include "pipeline/problem/noise.h"
#include "pipeline/serving/coordinates.h"
#include "pipeline/serving/served_function.h"
#include "pipeline/serving/simulator.h"

namespace scorefem::serving {

/// "posterior": the logarithm of the posterior's density for a measurement, up to a constant that does not
/// depend on the input. Its coordinates are the unknowns where the prior has a density of them, else white
/// ones (coordinates.h). Outside the prior's support it is the least finite number, since JSON has no
/// infinity.
class PosteriorFunction : public ServedFunction {
 public:
  /// @param noise with a likelihood
  /// @param measurement [1, n_observations]; none: each request names its own,
  ///        `config: {"measurement": [...]}`
  PosteriorFunction(Simulator& simulator, const Coordinates& coordinates,
                    std::shared_ptr<const problem::Noise> noise,
                    std::optional<problem::Measurements> measurement);

  std::string name() const override { return "posterior"; }
  std::string description() const override;
  std::vector<std::string> config_keys() const override { return {"coordinates", "measurement"}; }
  Eigen::Index input_size(const nlohmann::json& config) const override;
  std::vector<Eigen::Index> output_sizes(const nlohmann::json& config) const override;
  std::vector<solver::Vector> evaluate(const problem::Measurements& input,
                                       const nlohmann::json& config) override;
  solver::Vector gradient(const solver::Vector& input, const solver::Vector& sensitivity,
                          const nlohmann::json& config) override;
  solver::Vector apply_jacobian(const solver::Vector& input, const solver::Vector& direction,
                                const nlohmann::json& config) override;

 private:
  bool are_white(const nlohmann::json& config) const;
  problem::Measurements measurement(const nlohmann::json& config) const;
  bool within_bounds(const solver::Vector& x) const;
  double log_prior(bool white, const solver::Vector& input) const;
  solver::Vector log_prior_gradient(bool white, const solver::Vector& input) const;
  /// Of each row of clean observations [n].
  solver::Vector log_likelihood(const problem::Measurements& measurement, const solver::Matrix& clean) const;
  /// Its derivative by the clean observations [n_observations].
  solver::Vector sensitivity(const problem::Measurements& measurement, const solver::Vector& clean) const;

  Simulator& simulator_;
  const Coordinates& coordinates_;
  std::shared_ptr<const problem::Noise> noise_;
  std::optional<problem::Measurements> measurement_;
  solver::Vector noise_scale_;  // about one standard deviation of each observation's noise
  bool white_by_default_;
};

}  // namespace scorefem::serving
