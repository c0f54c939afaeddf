#pragma once

#include <functional>
#include <string>

#include "pipeline/configuration/config_section.h"

namespace scorefem::configuration {

/// The values that `describe` names, as YAML in the order of the description; numbers with the fewest digits
/// that read back to the same value, so that equal text means equal configuration.
/// @param with_help adds each key's meaning as a comment
std::string write_config(const std::function<void(Section&)>& describe, bool with_help = false);

}  // namespace scorefem::configuration
