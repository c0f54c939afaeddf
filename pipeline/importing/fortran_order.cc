#include "pipeline/importing/fortran_order.h"

#include <algorithm>
#include <cstring>

#include "pipeline/base/errors.h"

namespace scorefem::importing {
namespace {

constexpr std::uint64_t kMostInMemory = 1 << 30;  // bytes of an array that is compressed
constexpr double kMostInFile = 4e18;              // bytes: offsets stay below 2^63
constexpr std::uint64_t kBlock = 8 << 20;         // bytes that are gathered at a time

/// Bytes in memory.
class HeldBytes : public ByteStream {
 public:
  /// Takes n bytes of a stream, then reads on in it.
  HeldBytes(std::unique_ptr<ByteStream> stream, std::size_t n) : stream_(std::move(stream)), bytes_(n) {
    stream_->read_exactly(bytes_.data(), n);
  }
  std::size_t read(void* to, std::size_t n) override {
    if (at_ == bytes_.size()) return stream_->read(to, n);
    const std::size_t got = std::min(n, bytes_.size() - at_);
    std::memcpy(to, bytes_.data() + at_, got);
    at_ += got;
    return got;
  }
  bool seek(std::uint64_t position) override {
    at_ = std::min<std::size_t>(position, bytes_.size());
    return true;
  }
  std::string name() const override { return stream_->name(); }

 private:
  std::unique_ptr<ByteStream> stream_;
  std::vector<char> bytes_;
  std::size_t at_ = 0;
};

class RowByRow : public ByteStream {
 public:
  RowByRow(std::unique_ptr<ByteStream> stream, std::uint64_t begin, const std::vector<std::int64_t>& extents,
           std::size_t size)
      : stream_(std::move(stream)),
        begin_(begin),
        extents_(extents.begin(), extents.end()),
        size_(size),
        rows_(extents_[0]) {
    for (std::size_t axis = 1; axis < extents_.size(); ++axis) columns_ *= extents_[axis];
  }

  std::size_t read(void* to, std::size_t n) override {
    std::size_t done = 0;
    while (done < n) {
      if (at_ == block_.size() && next_ == rows_)
        return done + stream_->read(static_cast<char*>(to) + done, n - done);
      if (at_ == block_.size()) gather();
      const std::size_t got = std::min(n - done, block_.size() - at_);
      std::memcpy(static_cast<char*>(to) + done, block_.data() + at_, got);
      at_ += got;
      done += got;
    }
    return done;
  }
  std::string name() const override { return stream_->name(); }

 private:
  /// Where the c-th column in C order stands in Fortran order.
  std::uint64_t stored(std::uint64_t c) const {
    std::uint64_t place = 0, stride = columns_;
    for (std::size_t axis = extents_.size() - 1; axis > 0; --axis) {
      stride /= extents_[axis];
      place += c % extents_[axis] * stride;
      c /= extents_[axis];
    }
    return place;
  }

  /// The next block of rows; behind the last one, the stream is at what follows the array.
  void gather() {
    const std::uint64_t m = std::clamp<std::uint64_t>(kBlock / (columns_ * size_), 1, rows_ - next_);
    block_.resize(m * columns_ * size_);
    column_.resize(m * size_);
    for (std::uint64_t c = 0; c < columns_; ++c) {
      stream_->seek(begin_ + (stored(c) * rows_ + next_) * size_);
      stream_->read_exactly(column_.data(), column_.size());
      for (std::uint64_t i = 0; i < m; ++i)
        std::memcpy(block_.data() + (i * columns_ + c) * size_, column_.data() + i * size_, size_);
    }
    next_ += m;
    at_ = 0;
    if (next_ == rows_) stream_->seek(begin_ + rows_ * columns_ * size_);
  }

  std::unique_ptr<ByteStream> stream_;
  std::uint64_t begin_;
  std::vector<std::uint64_t> extents_;
  std::size_t size_;
  std::uint64_t rows_, columns_ = 1;
  std::uint64_t next_ = 0;  // row
  std::vector<char> block_, column_;
  std::size_t at_ = 0;  // byte of the block
};

}  // namespace

std::unique_ptr<ByteStream> row_by_row(std::unique_ptr<ByteStream> stream, std::uint64_t begin,
                                       const std::vector<std::int64_t>& extents, std::size_t size) {
  double bytes = static_cast<double>(size);
  for (const std::int64_t extent : extents) bytes *= static_cast<double>(extent);
  if (bytes > kMostInFile)
    throw base::InputError(stream->name() + ": its shape is of more bytes than a file can have");
  if (!stream->seek(begin)) {
    if (bytes > static_cast<double>(kMostInMemory))
      throw base::InputError(
          stream->name() + ": " + std::to_string(static_cast<std::int64_t>(bytes / (1 << 20))) +
          " MiB that are compressed and stored column by column (Fortran order), which takes as much memory; "
          "expected at most " +
          std::to_string(kMostInMemory >> 20) +
          " MiB: save numpy.ascontiguousarray(...) of it, or without compression (numpy.savez)");
    stream = std::make_unique<HeldBytes>(std::move(stream), static_cast<std::size_t>(bytes));
    begin = 0;
  }
  return std::make_unique<RowByRow>(std::move(stream), begin, extents, size);
}

}  // namespace scorefem::importing
