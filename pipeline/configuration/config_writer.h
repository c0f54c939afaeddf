#pragma once

#include <functional>
#include <string>

#include "pipeline/configuration/config_section.h"

namespace scorefem::configuration {

/// Which keys are written: those that no result depends on (Section::resource) may be left out.
enum class Keys { all, of_results };

/// The values that `describe` names, as YAML in the order of the description, so that equal text means equal
/// configuration: numbers with the fewest digits that read back to the same value, and texts in quotes where
/// a reader of YAML, 1.1 too, would take them for something else without.
/// @param with_help adds each key's meaning as a comment
std::string write_config(const std::function<void(Section&)>& describe, bool with_help = false,
                         Keys keys = Keys::all);

}  // namespace scorefem::configuration
