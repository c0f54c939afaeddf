#pragma once

#include <optional>
#include <vector>

#include "pipeline/base/control_groups.h"

namespace scorefem::base {

/// Memory that this process may still take, in bytes: what the system has, and no more than its control
/// groups leave.
double available_memory();

/// What the least of these groups leaves, in bytes; nullopt if none has a limit.
std::optional<double> memory_left(const std::vector<ControlGroup>& groups);

}  // namespace scorefem::base
