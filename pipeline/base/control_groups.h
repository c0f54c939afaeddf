#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace scorefem::base {

/// A control group of Linux: the folder in which its limits are.
struct ControlGroup {
  std::filesystem::path folder;
  int version;  //!< 1 or 2
};

/// Groups whose limits hold for a process: its own and those above it, of versions 1 and 2. Some of the
/// folders may not be there: a container may show a group's path as it is outside.
/// @param root where the control groups' file systems are mounted, e.g. /sys/fs/cgroup
/// @param membership text of /proc/self/cgroup
/// @param controller "cpu" or "memory"
std::vector<ControlGroup> control_groups(const std::string& root, const std::string& membership,
                                         const std::string& controller);

/// Those of this process.
std::vector<ControlGroup> control_groups(const std::string& controller);

}  // namespace scorefem::base
