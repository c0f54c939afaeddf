#pragma once

#include <optional>
#include <string>

namespace scorefem::base {

/// The cores that this process may keep busy: those of its affinity mask, and no more than its control
/// groups' CPU quota. At least 1.
int available_cores();

/// The least CPU quota of a process's control groups, those above its own included, in cores; versions 1
/// and 2.
/// @param root where the control groups' file systems are mounted, e.g. /sys/fs/cgroup
/// @param membership text of /proc/self/cgroup
/// @return nullopt if there is no limit
std::optional<double> cpu_quota(const std::string& root, const std::string& membership);

/// The quota of this process; nullopt if there is no limit.
std::optional<double> cpu_quota();

}  // namespace scorefem::base
