#include "pipeline/base/fingerprint.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <vector>

#include "pipeline/base/errors.h"

namespace scorefem::base {

void Fingerprint::add(const void* bytes, std::size_t n) {
  const auto* const at = static_cast<const unsigned char*>(bytes);
  for (std::size_t i = 0; i < n; ++i) hash_ = (hash_ ^ at[i]) * 1099511628211U;
  n_bytes_ += n;
}

std::string Fingerprint::text() const {
  char words[64];
  std::snprintf(words, sizeof words, "%llu bytes, fnv1a %016llx", static_cast<unsigned long long>(n_bytes_),
                static_cast<unsigned long long>(hash_));
  return words;
}

std::string text_fingerprint(const std::string& text) {
  Fingerprint fingerprint;
  fingerprint.add(text.data(), text.size());
  return fingerprint.text();
}

std::string file_fingerprint(const std::string& path, const std::string& expected) {
  std::ifstream file(path, std::ios::binary);
  Fingerprint fingerprint;
  std::vector<char> block(1 << 20);
  while (file) {
    file.read(block.data(), static_cast<std::streamsize>(block.size()));
    fingerprint.add(block.data(), static_cast<std::size_t>(file.gcount()));
  }
  if (!file.eof() || file.bad() || std::filesystem::is_directory(path))
    throw InputError(path + ": cannot be read; expected " + expected);
  return fingerprint.text();
}

}  // namespace scorefem::base
