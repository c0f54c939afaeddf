#include "pipeline/configuration/config_source.h"

#include <sstream>

#include "pipeline/base/errors.h"

namespace scorefem::configuration {

namespace {

/// Puts the value of `--set a.b.c=value` in its place.
/// @throws ConfigError naming the argument
void apply_override(YAML::Node root, const std::string& argument, Source& source) {
  const std::size_t equals = argument.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw base::ConfigError("--set " + argument + ": expected a.b.c=value");
  }
  const std::string path = argument.substr(0, equals);
  YAML::Node value;
  try {
    value = YAML::Load(argument.substr(equals + 1));
  } catch (const YAML::Exception& error) {
    throw base::ConfigError("--set " + argument + ": the value is not YAML: " + error.msg);
  }
  YAML::Node node = root;
  std::istringstream keys(path);
  std::vector<std::string> parts;
  for (std::string key; std::getline(keys, key, '.');) parts.push_back(key);
  if (parts.empty()) throw base::ConfigError("--set " + argument + ": expected a.b.c=value");
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    YAML::Node child = node[parts[i]];
    if (!child.IsDefined() || child.IsNull()) {
      node[parts[i]] = YAML::Node(YAML::NodeType::Map);
      child.reset(node[parts[i]]);
    }
    if (!child.IsMap()) {
      throw base::ConfigError("--set " + argument + ": " + parts[i] + " holds a value, not keys");
    }
    node.reset(child);
  }
  node[parts.back()] = value;
  source.overridden[path] = argument;
}

}  // namespace

std::string Source::location(const YAML::Node& node, const std::string& path) const {
  for (std::string p = path;;) {
    const auto found = overridden.find(p);
    if (found != overridden.end()) return "--set " + found->second;
    const std::size_t dot = p.rfind('.');
    if (dot == std::string::npos) break;
    p.resize(dot);
  }
  const YAML::Mark mark = node.IsDefined() ? node.Mark() : YAML::Mark::null_mark();
  if (!mark.is_null()) return name + ":" + std::to_string(mark.line + 1);
  // A section that only an override below it made.
  const auto below = overridden.lower_bound(path + ".");
  const bool found = below != overridden.end() && below->first.compare(0, path.size() + 1, path + ".") == 0;
  return found ? "--set " + below->second : name;
}

YAML::Node parse(const std::string& text, const std::vector<std::string>& overrides, Source& source) {
  YAML::Node root;
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(text);
    if (documents.size() > 1) {
      const YAML::Mark mark = documents[1].Mark();
      throw base::ConfigError(
          source.name + (mark.is_null() ? "" : ":" + std::to_string(mark.line + 1)) +
          ": a second document (---); expected one in a file: the keys behind it would not count");
    }
    if (!documents.empty()) root = documents.front();
  } catch (const YAML::Exception& error) {
    throw base::ConfigError(source.name + ":" + std::to_string(error.mark.line + 1) +
                            ": not YAML: " + error.msg);
  }
  if (!root.IsDefined() || root.IsNull()) root = YAML::Node(YAML::NodeType::Map);
  if (!root.IsMap()) throw base::ConfigError(source.name + ": expected a mapping of keys to values");
  for (const std::string& argument : overrides) apply_override(root, argument, source);
  return root;
}

}  // namespace scorefem::configuration
