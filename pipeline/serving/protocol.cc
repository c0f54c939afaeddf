#include "pipeline/serving/protocol.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "pipeline/base/joined.h"
#include "pipeline/base/utf8_json.h"
#include "pipeline/configuration/config_reader.h"
#include "pipeline/serving/worker.h"

namespace scorefem::serving {
namespace {

using nlohmann::json;
using problem::Measurements;
using solver::Vector;

/// Whether brackets are nested deeper than any request has use for: what takes a parser long, or its stack.
bool nests_too_deep(const std::string& text) {
  constexpr int kDeepest = 16;
  int depth = 0;
  for (const char c : text) {
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    if (depth > kDeepest) return true;
  }
  return false;
}

json parsed(const std::string& body) {
  json request = nests_too_deep(body) ? json(json::value_t::discarded) : json::parse(body, nullptr, false);
  if (!request.is_object()) throw invalid_input("the body is not JSON; expected an object");
  return request;
}

json config_of(const json& request, const ServedFunction& function) {
  if (!request.contains("config") || request["config"].is_null()) return json::object();
  const json& config = request["config"];
  if (!config.is_object()) throw invalid_input("config: expected an object");
  const std::vector<std::string> known = function.config_keys();
  for (const auto& [key, value] : config.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    throw invalid_input("config." + key.substr(0, 100) + ": unknown key; expected " +
                        (known.empty() ? "none" : "one of " + base::joined(known)));
  }
  return config;
}

/// @return [1, size]
Measurements values_in(const json& list, const std::string& what, Eigen::Index size, bool allows_missing) {
  if (!list.is_array() || static_cast<Eigen::Index>(list.size()) != size) {
    throw invalid_input(what + ": expected a list of " + std::to_string(size) + " numbers" +
                        (list.is_array() ? ", not of " + std::to_string(list.size()) : ""));
  }
  solver::Matrix values = solver::Matrix::Zero(1, size);
  problem::Mask there = problem::Mask::Constant(1, size, true);
  for (Eigen::Index i = 0; i < size; ++i) {
    const json& value = list[static_cast<std::size_t>(i)];
    if (allows_missing && value.is_null()) {
      there(0, i) = false;
    } else if (value.is_number() && std::isfinite(value.get<double>())) {
      values(0, i) = value.get<double>();
    } else {
      throw invalid_input(what + ": entry " + std::to_string(i + 1) + " is not a finite number" +
                          (allows_missing ? ", nor null for one that is missing" : ""));
    }
  }
  return {std::move(values), std::move(there)};
}

Vector vector_in(const json& list, const std::string& what, Eigen::Index size) {
  return values_in(list, what, size, false).values().row(0);
}

const json& required(const json& request, const char* key) {
  if (!request.contains(key)) throw invalid_input(std::string(key) + " is missing");
  return request[key];
}

Measurements input_of(const json& request, const ServedFunction& function, const json& config) {
  const json& input = required(request, "input");
  if (!input.is_array() || input.size() != 1) throw invalid_input("input: expected a list of 1 vector");
  return values_in(input[0], "input[0]", function.input_size(config), function.allows_missing());
}

/// Derivatives are by the only input and of the first output.
void require_index(const json& request, const char* key, std::size_t n) {
  const json& index = required(request, key);
  const bool in_range = index.is_number_integer() && index.get<std::int64_t>() >= 0 &&
                        index.get<std::int64_t>() < static_cast<std::int64_t>(n);
  if (!in_range)
    throw invalid_input(std::string(key) + ": expected an integer from 0 to " + std::to_string(n - 1));
}

json list_of(const Vector& values) {
  if (!values.allFinite()) throw RequestError("InvalidOutput", "the result is not finite");
  return std::vector<double>(values.data(), values.data() + values.size());
}

json support_of(const ServedFunction& function) {
  const bool derivatives = function.has_derivatives();
  return {
      {"Evaluate", true}, {"Gradient", derivatives}, {"ApplyJacobian", derivatives}, {"ApplyHessian", false}};
}

void require_derivatives(const ServedFunction& function, const std::string& feature) {
  if (function.has_derivatives() && feature != "ApplyHessian") return;
  throw RequestError("UnsupportedFeature", "model '" + function.name() + "' has no " + feature);
}

}  // namespace

Answer error_answer(int status, const std::string& type, const std::string& message) {
  const json body = {{"error", {{"type", type}, {"message", message}}}};
  return {status, base::utf8_json(body)};
}

Protocol::Protocol(std::vector<std::unique_ptr<ServedFunction>> functions)
    : functions_(std::move(functions)) {}

const std::vector<std::string>& Protocol::endpoints() {
  static const std::vector<std::string> names = {"/Info",          "/ModelInfo",   "/InputSizes",
                                                 "/OutputSizes",   "/Evaluate",    "/Gradient",
                                                 "/ApplyJacobian", "/ApplyHessian"};
  return names;
}

Answer Protocol::answer(const std::string& endpoint, const std::string& body) const {
  try {
    return {200, base::utf8_json(result(endpoint, body))};
  } catch (const RequestError& error) {
    return error_answer(400, error.type, error.what());
  } catch (const Busy& error) {
    return error_answer(503, "Busy", error.what());
  } catch (const std::exception& error) {
    return error_answer(500, "InternalError", error.what());
  }
}

ServedFunction& Protocol::named(const json& request) const {
  const json& name = required(request, "name");
  std::vector<std::string> names;
  for (const auto& function : functions_) {
    if (name == function->name()) return *function;
    names.push_back(function->name());
  }
  throw RequestError("ModelNotFound",
                     "there is no model of this name; expected one of " + base::joined(names));
}

json Protocol::result(const std::string& endpoint, const std::string& body) const {
  if (endpoint == "/Info") {
    json names = json::array();
    for (const auto& function : functions_) names.push_back(function->name());
    return {{"protocolVersion", 1.0}, {"models", names}};
  }
  const json request = parsed(body);
  ServedFunction& function = named(request);
  if (endpoint == "/ModelInfo") return {{"support", support_of(function)}};
  const json config = config_of(request, function);
  if (endpoint == "/InputSizes") return {{"inputSizes", {function.input_size(config)}}};
  const std::vector<Eigen::Index> output_sizes = function.output_sizes(config);
  if (endpoint == "/OutputSizes") return {{"outputSizes", output_sizes}};
  if (endpoint != "/Evaluate") require_derivatives(function, endpoint.substr(1));
  const Measurements input = input_of(request, function, config);
  json output = json::array();
  if (endpoint == "/Evaluate") {
    for (const Vector& values : function.evaluate(input, config)) output.push_back(list_of(values));
    return {{"output", output}};
  }
  require_index(request, "outWrt", output_sizes.size());
  require_index(request, "inWrt", 1);
  const Vector at = input.values().row(0);
  if (endpoint == "/Gradient") {
    const Vector sensitivity = vector_in(required(request, "sens"), "sens", output_sizes[0]);
    return {{"output", list_of(function.gradient(at, sensitivity, config))}};
  }
  const Vector direction = vector_in(required(request, "vec"), "vec", at.size());
  return {{"output", list_of(function.apply_jacobian(at, direction, config))}};
}

}  // namespace scorefem::serving
