#pragma once

#include <yaml-cpp/yaml.h>

#include <optional>
#include <string>

namespace scorefem::configuration {

/// The number that a scalar is (base::parse_number); none if it is something else.
std::optional<double> parse_number(const YAML::Node& node);

/// A node as JSON that reads back as YAML: keys in order, a space after each colon and comma. Plain scalars
/// are what they look like: null, truth values, integers, numbers; those in quotes are texts. None if there
/// is text that is not UTF-8.
std::optional<std::string> json_text(const YAML::Node& node);

}  // namespace scorefem::configuration
