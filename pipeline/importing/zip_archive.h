#pragma once

#include <memory>
#include <string>

#include "pipeline/importing/byte_stream.h"

struct zip;

namespace scorefem::importing {

/// A zip file, such as NumPy's .npz, opened for reading. Its members may be read side by side.
class ZipArchive {
 public:
  /// @throws base::InputError if it is missing or no zip file
  explicit ZipArchive(const std::string& path);

  bool contains(const std::string& member) const;
  /// Names of all members, separated by commas, for messages.
  std::string members() const;
  /// The stream keeps the archive open. It can seek if the member is stored without compression.
  /// @throws base::InputError if there is no such member; while reading, if its checksum is wrong
  std::unique_ptr<ByteStream> open(const std::string& member) const;

 private:
  std::string path_;
  std::shared_ptr<zip> archive_;
};

}  // namespace scorefem::importing
