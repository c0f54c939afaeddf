#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace scorefem::importing {

/// Bytes that are read from the first to the last, or, where seek() can, from anywhere.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  /// Up to n bytes; fewer only at the end.
  /// @throws base::InputError naming the file if it cannot be read
  virtual std::size_t read(void* to, std::size_t n) = 0;
  /// Goes to the byte from which to read next, counted from 0.
  /// @return false, and nothing has changed, if bytes can only be read in turn
  virtual bool seek(std::uint64_t /*position*/) { return false; }
  /// For messages, e.g. "pairs.npz: theta.npy".
  virtual std::string name() const = 0;
  /// Exactly n bytes.
  /// @throws base::InputError if there are fewer
  void read_exactly(void* to, std::size_t n);
};

/// @throws base::InputError if there is no such file
std::unique_ptr<ByteStream> open_file(const std::string& path);

}  // namespace scorefem::importing
