#include "pipeline/configuration/yaml_json.h"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "pipeline/base/joined.h"
#include "pipeline/base/parse_number.h"

namespace scorefem::configuration {
namespace {

using nlohmann::json;

json json_of(const YAML::Node& node) {
  if (node.IsMap()) {
    json object = json::object();
    for (const auto& entry : node) object[entry.first.Scalar()] = json_of(entry.second);
    return object;
  }
  if (node.IsSequence()) {
    json list = json::array();
    for (const YAML::Node& entry : node) list.push_back(json_of(entry));
    return list;
  }
  if (!node.IsDefined() || node.IsNull()) return nullptr;
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text;  // in quotes
  if (text == "true" || text == "false") return text == "true";
  std::int64_t integer = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, integer);
  if (error == std::errc() && rest == end) return integer;
  const std::optional<double> number = parse_number(node);
  if (number && std::isfinite(*number)) return *number;
  return text;
}

std::string spaced(const json& value) {
  const auto joined_in = [](const char* brackets, const std::vector<std::string>& parts) {
    return brackets[0] + base::joined(parts) + brackets[1];
  };
  std::vector<std::string> parts;
  if (value.is_object()) {
    for (const auto& [key, entry] : value.items()) parts.push_back(json(key).dump() + ": " + spaced(entry));
    return joined_in("{}", parts);
  }
  if (!value.is_array()) return value.dump();
  for (const json& entry : value) parts.push_back(spaced(entry));
  return joined_in("[]", parts);
}

}  // namespace

std::optional<double> parse_number(const YAML::Node& node) {
  if (!node.IsDefined() || !node.IsScalar()) return std::nullopt;
  return base::parse_number(node.Scalar());
}

std::optional<std::string> json_text(const YAML::Node& node) {
  try {
    return spaced(json_of(node));
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

}  // namespace scorefem::configuration
