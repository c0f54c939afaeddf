#include "pipeline/base/fingerprint.h"

#include <cstdint>
#include <cstdio>

#include "pipeline/base/atomic_file.h"

namespace scorefem::base {

std::string text_fingerprint(const std::string& text) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  char words[64];
  std::snprintf(words, sizeof words, "%zu bytes, fnv1a %016llx", text.size(),
                static_cast<unsigned long long>(hash));
  return words;
}

std::string file_fingerprint(const std::string& path, const std::string& expected) {
  return text_fingerprint(read_text_file(path, expected));
}

}  // namespace scorefem::base
