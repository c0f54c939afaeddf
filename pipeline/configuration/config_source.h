#pragma once

#include <yaml-cpp/yaml.h>

#include <map>
#include <string>
#include <vector>

namespace scorefem::configuration {

/// The file, its overrides and where each key came from; what every message needs.
struct Source {
  std::string name;
  std::map<std::string, std::string> overridden;  // key path -> the --set argument

  std::string location(const YAML::Node& node, const std::string& path) const;
};

/// The mapping of a configuration's text, after applying overrides ("a.b.c=value"), which are noted in
/// source.
/// @throws ConfigError for what is not one mapping, with file:line, and for a wrong override, naming it
YAML::Node parse(const std::string& text, const std::vector<std::string>& overrides, Source& source);

}  // namespace scorefem::configuration
