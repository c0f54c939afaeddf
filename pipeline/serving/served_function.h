#pragma once

#include <nlohmann/json_fwd.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "pipeline/problem/measurements.h"
#include "solver/matrix.h"

namespace scorefem::serving {

/// What the protocol answers in place of a result, with HTTP status 400.
class RequestError : public std::runtime_error {
 public:
  RequestError(std::string error_type, const std::string& message)
      : std::runtime_error(message), type(std::move(error_type)) {}
  std::string type;  //!< "ModelNotFound", "InvalidInput", "InvalidOutput" or "UnsupportedFeature"
};
inline RequestError invalid_input(const std::string& message) {
  return {"InvalidInput", message};
}

/// A function that is served: of one vector, with one vector or several as its value. All calls may come from
/// any thread, at the same time, and throw RequestError for what they cannot do.
class ServedFunction {
 public:
  virtual ~ServedFunction() = default;
  virtual std::string name() const = 0;
  /// A line for a person.
  virtual std::string description() const = 0;
  /// Keys of a request's `config` that it knows.
  virtual std::vector<std::string> config_keys() const { return {}; }
  /// Whether entries of the input may be missing, as of a measurement.
  virtual bool allows_missing() const { return false; }
  virtual bool has_derivatives() const { return true; }

  virtual Eigen::Index input_size(const nlohmann::json& config) const = 0;
  virtual std::vector<Eigen::Index> output_sizes(const nlohmann::json& config) const = 0;
  /// @param input [1, input_size], finite; all of it is there but where allows_missing()
  virtual std::vector<solver::Vector> evaluate(const problem::Measurements& input,
                                               const nlohmann::json& config) = 0;
  /// Of the sum of sensitivity times the first output [input_size].
  virtual solver::Vector gradient(const solver::Vector& input, const solver::Vector& sensitivity,
                                  const nlohmann::json& config);
  /// The derivative of the first output in a direction, [its size].
  virtual solver::Vector apply_jacobian(const solver::Vector& input, const solver::Vector& direction,
                                        const nlohmann::json& config);
};

}  // namespace scorefem::serving
