#pragma once

#include <yaml-cpp/yaml.h>

#include <map>
#include <string>

namespace scorefem::configuration {

/// The file, its overrides and where each key came from; what every message needs.
struct Source {
  std::string name;
  std::map<std::string, std::string> overridden;  // key path -> the --set argument

  std::string location(const YAML::Node& node, const std::string& path) const;
};

/// Puts the value of `--set a.b.c=value` in its place.
/// @throws ConfigError naming the argument
void apply_override(YAML::Node root, const std::string& argument, Source& source);

}  // namespace scorefem::configuration
