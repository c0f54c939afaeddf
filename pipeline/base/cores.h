#pragma once

#include <optional>
#include <vector>

#include "pipeline/base/control_groups.h"

namespace scorefem::base {

/// The cores that this process may keep busy: those of its affinity mask, and no more than its control
/// groups' CPU quota. At least 1.
int available_cores();

/// The least CPU quota of a process's control groups, in cores; nullopt if there is no limit.
std::optional<double> cpu_quota(const std::vector<ControlGroup>& groups);

}  // namespace scorefem::base
