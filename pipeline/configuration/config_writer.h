#pragma once

#include <functional>
#include <string>

#include "pipeline/configuration/config_section.h"

namespace scorefem::configuration {

/// The values that `describe` names, as YAML in the order of the description; numbers with the fewest digits
/// that read back to the same value, so that equal text means equal configuration.
/// @param with_help adds each key's meaning as a comment
/// @param keys those that no result depends on (Section::resource) may be left out
enum class Keys { all, of_results };
std::string write_config(const std::function<void(Section&)>& describe, bool with_help = false,
                         Keys keys = Keys::all);

}  // namespace scorefem::configuration
