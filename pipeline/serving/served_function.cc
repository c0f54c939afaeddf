#include "pipeline/serving/served_function.h"

#include <nlohmann/json.hpp>

namespace scorefem::serving {

solver::Vector ServedFunction::gradient(const solver::Vector& /*input*/,
                                        const solver::Vector& /*sensitivity*/,
                                        const nlohmann::json& /*config*/) {
  throw RequestError("UnsupportedFeature", "model '" + name() + "' has no Gradient");
}

solver::Vector ServedFunction::apply_jacobian(const solver::Vector& /*input*/,
                                              const solver::Vector& /*direction*/,
                                              const nlohmann::json& /*config*/) {
  throw RequestError("UnsupportedFeature", "model '" + name() + "' has no ApplyJacobian");
}

}  // namespace scorefem::serving
