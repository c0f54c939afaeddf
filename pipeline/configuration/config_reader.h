#pragma once

#include <functional>
#include <string>
#include <vector>

#include "pipeline/configuration/config_section.h"

namespace scorefem::configuration {

using Description = std::function<void(Section&)>;

/// Reads a YAML file into the variables that `describe` names, after applying overrides ("a.b.c=value").
/// @param choose reads before, and need not name all keys: what the defaults of others depend on
/// @throws ConfigError for a file that cannot be read or parsed, and for unknown, duplicate or missing keys,
/// wrong
///         types and values out of range, each with file:line, the key's path, the value, what is allowed
///         and, for names, the nearest match.
void read_config(const std::string& path, const std::vector<std::string>& overrides,
                 const Description& describe, const Description& choose = nullptr);

/// The same from text; `name` stands for the file in messages.
void read_config_text(const std::string& text, const std::string& name,
                      const std::vector<std::string>& overrides, const Description& describe,
                      const Description& choose = nullptr);

/// Where a key's value, or else the section around it, comes from: "file.yaml:7" or "--set a.b=c".
/// @param key its path, "noise.sd"
/// @throws ConfigError as read_config()
std::string location_of(const std::string& key, const std::string& path,
                        const std::vector<std::string>& overrides);

}  // namespace scorefem::configuration
