#include "pipeline/base/control_groups.h"

#include <fstream>
#include <sstream>

namespace scorefem::base {
namespace {

namespace fs = std::filesystem;

/// The group and all above it; the last is the root of what is mounted.
void add_upwards(const fs::path& mounted, const std::string& group, int version,
                 std::vector<ControlGroup>& groups) {
  for (fs::path below = fs::path(group).relative_path(); !below.empty(); below = below.parent_path())
    groups.push_back({mounted / below, version});
  groups.push_back({mounted, version});
}

bool has_word(const std::string& list, const std::string& wanted) {
  std::istringstream words(list);
  for (std::string word; std::getline(words, word, ',');)
    if (word == wanted) return true;
  return false;
}

}  // namespace

std::vector<ControlGroup> control_groups(const std::string& root, const std::string& membership,
                                         const std::string& controller) {
  std::vector<ControlGroup> groups;
  std::istringstream lines(membership);
  for (std::string line; std::getline(lines, line);) {  // "0::/group", or "4:cpu,cpuacct:/group"
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string group = line.substr(second + 1);
    if (controllers.empty()) {
      for (const char* mounted : {"", "unified"}) add_upwards(fs::path(root) / mounted, group, 2, groups);
    } else if (has_word(controllers, controller)) {
      add_upwards(fs::path(root) / controller, group, 1, groups);
      if (controllers != controller) add_upwards(fs::path(root) / controllers, group, 1, groups);
    }
  }
  return groups;
}

std::vector<ControlGroup> control_groups(const std::string& controller) {
  std::ostringstream membership;
  membership << std::ifstream("/proc/self/cgroup").rdbuf();
  return control_groups("/sys/fs/cgroup", membership.str(), controller);
}

}  // namespace scorefem::base
