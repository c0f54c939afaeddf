#include "pipeline/base/provenance.h"

#include <unistd.h>

#include <ctime>

#include "pipeline/base/build_info.h"

namespace scorefem::base {

std::string version() {
  return kVersion;
}

std::string git_hash() {
  return kGitHash;
}

std::string utc_date() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

std::string host_name() {
  char name[256] = "localhost";
  ::gethostname(name, sizeof name - 1);
  return name;
}

std::map<std::string, std::string> provenance(const std::string& resolved_configuration) {
  return {{"scorefem_version", version()},
          {"git_hash", git_hash()},
          {"date", utc_date()},
          {"configuration", resolved_configuration}};
}

}  // namespace scorefem::base
