#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace scorefem::base {

/// Length and FNV-1a hash (Fowler, Noll and Vo) of bytes that are added one block after the other.
class Fingerprint {
 public:
  void add(const void* bytes, std::size_t n);
  /// "1234 bytes, fnv1a 0123456789abcdef"
  std::string text() const;
  std::uint64_t hash() const { return hash_; }

 private:
  std::uint64_t n_bytes_ = 0;
  std::uint64_t hash_ = 14695981039346656037U;
};

/// Length and FNV-1a hash of a text: tells whether it changed.
std::string text_fingerprint(const std::string& text);

/// The same of a file's contents.
/// @param expected what the file should be, for the message if it cannot be read
/// @throws InputError if it cannot be read.
std::string file_fingerprint(const std::string& path, const std::string& expected);

}  // namespace scorefem::base
