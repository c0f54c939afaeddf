#pragma once

#include <vector>

#include "pipeline/configuration/config_section.h"
#include "pipeline/problem/layout.h"

namespace scorefem::problem {

/// A list of components as a configuration gives it: name, group, unit, position, lower, upper.
void describe_components(configuration::Section& s, const char* key, std::vector<Component>& components,
                         const char* help);

}  // namespace scorefem::problem
