#include "pipeline/base/cores.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

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

}  // namespace

std::optional<double> cpu_quota(const std::vector<ControlGroup>& groups) {
  std::optional<double> least;
  for (const auto& [folder, version] : groups)
    version == 2 ? read_version_2(folder, least) : read_version_1(folder, least);
  return least;
}

int available_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  const int allowed = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  const std::optional<double> quota = cpu_quota(control_groups("cpu"));
  return std::max(1, quota ? std::min(allowed, static_cast<int>(std::floor(*quota))) : allowed);
}

}  // namespace scorefem::base
