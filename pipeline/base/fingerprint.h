#pragma once

#include <string>

namespace scorefem::base {

/// Length and FNV-1a hash of a file: tells whether its contents changed.
/// @param expected what the file should be, for the message if it cannot be read
/// @throws InputError if it cannot be read.
std::string file_fingerprint(const std::string& path, const std::string& expected);

}  // namespace scorefem::base
