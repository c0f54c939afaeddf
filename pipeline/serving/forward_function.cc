#include "pipeline/serving/forward_function.h"

#include <nlohmann/json.hpp>
#include <sstream>

namespace scorefem::serving {

using nlohmann::json;
using solver::Vector;

std::string ForwardFunction::description() const {
  return "unknowns [" + std::to_string(simulator_.unknowns().size()) + "] to observations [" +
         std::to_string(simulator_.n_observations()) + "], without noise; derivatives " +
         (simulator_.is_linear()              ? "exact"
          : simulator_.derivatives().gradient ? "the model's own"
                                              : "by central differences");
}

Eigen::Index ForwardFunction::input_size(const json& config) const {
  return coordinates_.size(Coordinates::are_white(config, false));
}

std::vector<Eigen::Index> ForwardFunction::output_sizes(const json& /*config*/) const {
  return {simulator_.n_observations()};
}

Vector ForwardFunction::unknowns(bool white, const Vector& input) const {
  const Vector x = coordinates_.unknowns(white, input);
  for (Eigen::Index j = 0; j < x.size(); ++j) {
    const problem::Component& unknown = simulator_.unknowns()[j];
    if (x(j) >= unknown.lower && x(j) <= unknown.upper) continue;
    std::ostringstream message;
    message << "input[0]: entry " << j + 1 << " (" << unknown.name << ") is " << x(j)
            << "; expected a value in [" << unknown.lower << ", " << unknown.upper << "]";
    throw invalid_input(message.str());
  }
  return x;
}

std::vector<Vector> ForwardFunction::evaluate(const problem::Measurements& input, const json& config) {
  const Vector x = unknowns(Coordinates::are_white(config, false), input.values().row(0));
  return {simulator_.observe(x.transpose()).transpose()};
}

Vector ForwardFunction::gradient(const Vector& input, const Vector& sensitivity, const json& config) {
  const bool white = Coordinates::are_white(config, false);
  const Vector x = unknowns(white, input);
  return coordinates_.pull_back(white, input, simulator_.gradient(x, sensitivity));
}

Vector ForwardFunction::apply_jacobian(const Vector& input, const Vector& direction, const json& config) {
  const bool white = Coordinates::are_white(config, false);
  const Vector x = unknowns(white, input);
  return simulator_.apply_jacobian(x, coordinates_.push_forward(white, input, direction));
}

}  // namespace scorefem::serving
