#include "diffusion/training/batch_order.h"

#include <torch/types.h>

#include <algorithm>
#include <utility>

#include "diffusion/numerics/random_tensor.h"

namespace scorefem::diffusion {

namespace {

/// So many that a file in any order is well mixed, and so few that each is read in one go.
constexpr std::int64_t kBlocksOfWindow = 64;

}  // namespace

BatchOrder::BatchOrder(std::uint64_t seed, std::int64_t n, std::int64_t window, ReadAhead read_ahead)
    : seed_(seed), n_(n), read_ahead_(std::move(read_ahead)) {
  const bool all = window <= 0 || window >= n;
  block_ = all ? n : std::max<std::int64_t>(window / kBlocksOfWindow, 1);
  blocks_of_window_ = all ? 1 : std::max<std::int64_t>(window / block_, 1);
}

std::int64_t BatchOrder::block_size(std::int64_t block) const {
  return std::min(block_, n_ - block * block_);
}

void BatchOrder::begin_epoch(std::int64_t epoch) {
  epoch_ = epoch;
  window_ = -1;
  const std::int64_t n_blocks = (n_ + block_ - 1) / block_;
  blocks_ = permutation({seed_, Stream::block_order}, static_cast<std::uint64_t>(epoch), n_blocks);
  const std::int64_t* const block = blocks_.data_ptr<std::int64_t>();
  starts_.assign(1, 0);
  std::int64_t at = 0;
  for (std::int64_t i = 0; i < n_blocks; ++i) {
    at += block_size(block[i]);
    if ((i + 1) % blocks_of_window_ == 0 || i + 1 == n_blocks) starts_.push_back(at);
  }
  announce(0);
}

void BatchOrder::announce(std::int64_t w) const {
  if (!read_ahead_ || w >= n_windows()) return;
  const std::int64_t end = std::min((w + 1) * blocks_of_window_, blocks_.size(0));
  for (std::int64_t i = w * blocks_of_window_; i < end; ++i) {
    const std::int64_t block = blocks_.data_ptr<std::int64_t>()[i];
    read_ahead_(block * block_, block_size(block));
  }
}

void BatchOrder::make_window(std::int64_t w) {
  std::vector<torch::Tensor> parts;
  const std::int64_t end = std::min((w + 1) * blocks_of_window_, blocks_.size(0));
  for (std::int64_t i = w * blocks_of_window_; i < end; ++i) {
    const std::int64_t block = blocks_.data_ptr<std::int64_t>()[i];
    parts.push_back(torch::arange(block * block_, block * block_ + block_size(block), torch::kInt64));
  }
  const torch::Tensor all = torch::cat(parts);
  const std::int64_t index = epoch_ * n_windows() + w;  // one window: the epoch
  rows_ = all.index_select(
      0, permutation({seed_, Stream::batch_order}, static_cast<std::uint64_t>(index), all.size(0)));
  window_ = w;
  announce(w + 1);
}

torch::Tensor BatchOrder::rows(std::int64_t epoch, std::int64_t first, std::int64_t n) {
  if (epoch != epoch_) begin_epoch(epoch);
  std::vector<torch::Tensor> parts;
  while (n > 0) {
    const auto after = std::upper_bound(starts_.begin(), starts_.end(), first);
    const std::int64_t w = (after - starts_.begin()) - 1;
    if (w != window_) make_window(w);
    const std::int64_t here = std::min(n, start(w + 1) - first);
    parts.push_back(rows_.narrow(0, first - start(w), here));
    first += here;
    n -= here;
  }
  return parts.size() == 1 ? parts.front() : torch::cat(parts);
}

}  // namespace scorefem::diffusion
