#include "pipeline/importing/byte_stream.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "pipeline/base/errors.h"

namespace scorefem::importing {
namespace {

class FileStream : public ByteStream {
 public:
  explicit FileStream(const std::string& path) : path_(path), file_(path, std::ios::binary) {
    if (!file_) throw base::InputError(path + ": " + std::strerror(errno) + "; expected a file of pairs");
  }
  std::size_t read(void* to, std::size_t n) override {
    file_.read(static_cast<char*>(to), static_cast<std::streamsize>(n));
    if (file_.bad()) throw base::InputError(path_ + ": cannot be read: " + std::strerror(errno));
    return static_cast<std::size_t>(file_.gcount());
  }
  bool seek(std::uint64_t position) override {
    file_.clear();  // of having reached the end
    file_.seekg(static_cast<std::streamoff>(position));
    return file_.good();
  }
  std::string name() const override { return path_; }

 private:
  std::string path_;
  std::ifstream file_;
};

}  // namespace

void ByteStream::read_exactly(void* to, std::size_t n) {
  const std::size_t got = read(to, n);
  if (got < n) throw base::InputError(name() + ": ends too early; it was cut off, or is not what it says");
}

std::unique_ptr<ByteStream> open_file(const std::string& path) {
  return std::make_unique<FileStream>(path);
}

}  // namespace scorefem::importing
