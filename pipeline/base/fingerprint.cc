#include "pipeline/base/fingerprint.h"

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <vector>

#include "pipeline/base/errors.h"

namespace scorefem::base {

std::string file_fingerprint(const std::string& path, const std::string& expected) {
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path))
    throw InputError(path + ": cannot be read; expected " + expected);
  std::uint64_t hash = 14695981039346656037U;
  std::uint64_t size = 0;
  std::vector<char> buffer(std::size_t{1} << 20);
  while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || file.gcount() > 0) {
    const std::streamsize n = file.gcount();
    for (std::streamsize i = 0; i < n; ++i)
      hash = (hash ^ static_cast<unsigned char>(buffer[static_cast<std::size_t>(i)])) * 1099511628211U;
    size += static_cast<std::uint64_t>(n);
  }
  char words[64];
  std::snprintf(words, sizeof words, "%llu bytes, fnv1a %016llx", static_cast<unsigned long long>(size),
                static_cast<unsigned long long>(hash));
  return words;
}

std::string text_fingerprint(const std::string& text) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  char words[64];
  std::snprintf(words, sizeof words, "%zu bytes, fnv1a %016llx", text.size(),
                static_cast<unsigned long long>(hash));
  return words;
}

}  // namespace scorefem::base
