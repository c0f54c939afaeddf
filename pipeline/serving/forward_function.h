#pragma once

#include "pipeline/serving/coordinates.h"
#include "pipeline/serving/served_function.h"
#include "pipeline/serving/simulator.h"

namespace scorefem::serving {

/// "forward": unknowns, or white coordinates, to noise-free observations.
class ForwardFunction : public ServedFunction {
 public:
  ForwardFunction(Simulator& simulator, const Coordinates& coordinates)
      : simulator_(simulator), coordinates_(coordinates) {}

  std::string name() const override { return "forward"; }
  std::string description() const override;
  std::vector<std::string> config_keys() const override { return {"coordinates"}; }
  Eigen::Index input_size(const nlohmann::json& config) const override;
  std::vector<Eigen::Index> output_sizes(const nlohmann::json& config) const override;
  std::vector<solver::Vector> evaluate(const problem::Measurements& input,
                                       const nlohmann::json& config) override;
  solver::Vector gradient(const solver::Vector& input, const solver::Vector& sensitivity,
                          const nlohmann::json& config) override;
  solver::Vector apply_jacobian(const solver::Vector& input, const solver::Vector& direction,
                                const nlohmann::json& config) override;

 private:
  /// The unknowns of a request, which must be within their bounds.
  solver::Vector unknowns(bool white, const solver::Vector& input) const;

  Simulator& simulator_;
  const Coordinates& coordinates_;
};

}  // namespace scorefem::serving
