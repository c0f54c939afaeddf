#pragma once

#include <map>
#include <string>

namespace scorefem::base {

/// The program's version, e.g. "0.1.0".
std::string version();
/// The commit that the program was built from, with "-dirty" if files were changed; "unknown" outside git.
std::string git_hash();
/// Now, UTC, ISO 8601.
std::string utc_date();

/// The machine's name.
std::string host_name();

/// What every output carries: version, git hash, date, and the resolved configuration.
std::map<std::string, std::string> provenance(const std::string& resolved_configuration);

}  // namespace scorefem::base
