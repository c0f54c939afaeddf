#include "pipeline/base/cores.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace scorefem::base {
namespace {

namespace fs = std::filesystem;

void take_less(std::optional<double>& least, double quota, double period) {
  if (!(quota > 0) || !(period > 0)) return;  // -1: no limit
  least = std::min(least.value_or(quota / period), quota / period);
}

/// cpu.max holds "QUOTA PERIOD", or "max PERIOD".
void read_version_2(const fs::path& group, std::optional<double>& least) {
  std::ifstream file(group / "cpu.max");
  double quota = 0;
  double period = 0;
  if (file >> quota >> period) take_less(least, quota, period);
}

void read_version_1(const fs::path& group, std::optional<double>& least) {
  std::ifstream quota_file(group / "cpu.cfs_quota_us");
  std::ifstream period_file(group / "cpu.cfs_period_us");
  double quota = 0;
  double period = 0;
  if (quota_file >> quota && period_file >> period) take_less(least, quota, period);
}

/// Calls read for the group and all above it. A container may show a group's path as it is outside, where
/// none of its folders is to be seen: then only the last, the root of what is mounted, is there.
template <class Read>
void read_upwards(const fs::path& mounted, const std::string& group, const Read& read,
                  std::optional<double>& least) {
  for (fs::path below = fs::path(group).relative_path(); !below.empty(); below = below.parent_path())
    read(mounted / below, least);
  read(mounted, least);
}

bool has_word(const std::string& list, const std::string& wanted) {
  std::istringstream words(list);
  for (std::string word; std::getline(words, word, ',');)
    if (word == wanted) return true;
  return false;
}

}  // namespace

std::optional<double> cpu_quota(const std::string& root, const std::string& membership) {
  std::optional<double> least;
  std::istringstream lines(membership);
  for (std::string line; std::getline(lines, line);) {  // "0::/group", or "4:cpu,cpuacct:/group"
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string group = line.substr(second + 1);
    if (controllers.empty()) {
      for (const char* mounted : {"", "unified"})
        read_upwards(fs::path(root) / mounted, group, read_version_2, least);
    } else if (has_word(controllers, "cpu")) {
      read_upwards(fs::path(root) / "cpu", group, read_version_1, least);
      if (controllers != "cpu") read_upwards(fs::path(root) / controllers, group, read_version_1, least);
    }
  }
  return least;
}

std::optional<double> cpu_quota() {
  std::ostringstream membership;
  membership << std::ifstream("/proc/self/cgroup").rdbuf();
  return cpu_quota("/sys/fs/cgroup", membership.str());
}

int available_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  const int allowed = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  const std::optional<double> quota = cpu_quota();
  return std::max(1, quota ? std::min(allowed, static_cast<int>(std::floor(*quota))) : allowed);
}

}  // namespace scorefem::base
