#include "pipeline/dataset/mapped_rows.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <torch/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace scorefem::dataset {
namespace {

/// A file without a name; -1 with errno if there can be none.
int nameless_file(const std::string& folder) {
  const int file = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (file >= 0) return file;
  // Not every file system knows O_TMPFILE.
  const std::string pattern = folder + "/.pairs.XXXXXX";
  std::vector<char> name(pattern.begin(), pattern.end());
  name.push_back('\0');
  const int named = ::mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0) ::unlink(name.data());
  return named;
}

}  // namespace

class MappedRows::Map {
 public:
  Map(const std::string& folder, std::size_t bytes) : bytes_(bytes) {
    const auto fail = [&](int reason) {
      throw std::runtime_error(
          folder + ": no room for " + std::to_string(bytes >> 20) +
          " MiB of training pairs (training.window keeps them in a file): " + std::strerror(reason));
    };
    const int file = nameless_file(folder);
    if (file < 0) fail(errno);
    // Now, not when a page is first written, where a full disk would end the process.
    const int room = ::posix_fallocate(file, 0, static_cast<off_t>(bytes));
    if (room == 0) data_ = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    const int reason = room != 0 ? room : errno;
    ::close(file);
    if (room != 0 || data_ == MAP_FAILED) fail(reason);
  }
  ~Map() { ::munmap(data_, bytes_); }
  Map(const Map&) = delete;
  Map& operator=(const Map&) = delete;

  void* data() const { return data_; }
  void advise(std::size_t begin, std::size_t end, int advice) const {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const std::size_t from = begin / page * page;
    if (end > from) ::madvise(static_cast<char*>(data_) + from, end - from, advice);  // only a hint
  }
  std::size_t bytes() const { return bytes_; }

 private:
  std::size_t bytes_;
  void* data_ = MAP_FAILED;
};

MappedRows::MappedRows(const std::string& folder, std::int64_t rows, std::int64_t columns)
    : map_(std::make_shared<Map>(folder, static_cast<std::size_t>(rows * columns) * sizeof(double))),
      row_bytes_(columns * static_cast<std::int64_t>(sizeof(double))),
      tensor_(torch::from_blob(
          map_->data(), {rows, columns}, [map = map_](void*) mutable { map.reset(); }, torch::kFloat64)) {}

void MappedRows::expect(std::int64_t begin, std::int64_t end) const {
  map_->advise(static_cast<std::size_t>(begin * row_bytes_), static_cast<std::size_t>(end * row_bytes_),
               MADV_WILLNEED);
}

void MappedRows::let_go() const {
  map_->advise(0, map_->bytes(), MADV_DONTNEED);  // of a shared map: what was written stays in the file
}

}  // namespace scorefem::dataset
