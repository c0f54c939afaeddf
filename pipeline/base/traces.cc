#include "pipeline/base/traces.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>

namespace scorefem::base {

namespace fs = std::filesystem;

Traces::Traces(const std::vector<std::string>& paths) {
  std::error_code none;
  for (const std::string& path : paths) {
    for (fs::path at = path; !at.empty() && !fs::exists(at, none); at = at.parent_path())
      absent_.push_back(at.string());
  }
  const auto depth = [](const fs::path& path) { return std::distance(path.begin(), path.end()); };
  std::stable_sort(absent_.begin(), absent_.end(),
                   [&](const std::string& a, const std::string& b) { return depth(a) > depth(b); });
}

void Traces::remove() const noexcept {
  for (const std::string& path : absent_) {
    std::error_code ignored;  // a folder with something in it stays
    fs::remove(path, ignored);
  }
}

}  // namespace scorefem::base
