#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <vector>

namespace scorefem::diffusion {

/// In which order a training passes over its rows: shuffled anew in each epoch, keyed by seed and epoch, so
/// that a run that goes on draws what it would have drawn. Of rows that are not in memory only some are
/// shuffled together: a window of blocks of consecutive rows from anywhere, which follow each other in random
/// order.
class BatchOrder {
 public:
  /// Told which rows [begin, begin + n) the window after this one will need.
  using ReadAhead = std::function<void(std::int64_t begin, std::int64_t n)>;

  /// @param n rows; @param window rows that are shuffled together, 0 or at least n: all
  BatchOrder(std::uint64_t seed, std::int64_t n, std::int64_t window, ReadAhead read_ahead = {});

  /// Rows at places [first, first + n) of an epoch's order, int64 [n].
  torch::Tensor rows(std::int64_t epoch, std::int64_t first, std::int64_t n);
  /// Rows of a block, which are read together.
  std::int64_t block_rows() const { return block_; }

 private:
  void begin_epoch(std::int64_t epoch);
  /// Where window `w` begins in the epoch's order.
  std::int64_t start(std::int64_t w) const { return starts_[static_cast<std::size_t>(w)]; }
  std::int64_t n_windows() const { return static_cast<std::int64_t>(starts_.size()) - 1; }
  void make_window(std::int64_t w);
  void announce(std::int64_t w) const;
  std::int64_t block_size(std::int64_t block) const;

  std::uint64_t seed_;
  std::int64_t n_;
  std::int64_t block_;
  std::int64_t blocks_of_window_;
  ReadAhead read_ahead_;
  std::int64_t epoch_ = -1;
  torch::Tensor blocks_;              // of the epoch, in order
  std::vector<std::int64_t> starts_;  // [windows + 1]
  std::int64_t window_ = -1;          // the one that rows_ are of
  torch::Tensor rows_;
};

}  // namespace scorefem::diffusion
