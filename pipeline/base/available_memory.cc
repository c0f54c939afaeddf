#include "pipeline/base/available_memory.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

namespace scorefem::base {
namespace {

/// A number alone in a file; none for "max".
std::optional<double> number_in(const std::filesystem::path& path) {
  std::ifstream file(path);
  double value = 0;
  if (file >> value) return value;
  return std::nullopt;
}

/// Of a file of lines "NAME NUMBER"; 0 if it is not there.
double named_number(const std::filesystem::path& path, const std::string& wanted) {
  std::ifstream file(path);
  std::string name;
  for (double value = 0; file >> name >> value;)
    if (name == wanted) return value;
  return 0;
}

}  // namespace

std::optional<double> memory_left(const std::vector<ControlGroup>& groups) {
  std::optional<double> least;
  for (const auto& [folder, version] : groups) {
    const bool new_names = version == 2;
    const auto limit = number_in(folder / (new_names ? "memory.max" : "memory.limit_in_bytes"));
    const auto used = number_in(folder / (new_names ? "memory.current" : "memory.usage_in_bytes"));
    if (!limit || !used) continue;
    // Pages of files are given back when others ask.
    const double cached = named_number(folder / "memory.stat", new_names ? "file" : "total_cache");
    const double left = *limit - *used + cached;
    least = std::min(least.value_or(left), left);
  }
  return least;
}

double available_memory() {
  std::ifstream file("/proc/meminfo");
  double available = std::numeric_limits<double>::infinity();
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    double kibibytes = 0;
    if (words >> name >> kibibytes && name == "MemAvailable:") available = 1024 * kibibytes;
  }
  return std::min(available, memory_left(control_groups("memory")).value_or(available));
}

}  // namespace scorefem::base
