#include "pipeline/dataset/pair_store.h"

#include <torch/types.h>

#include <algorithm>
#include <utility>

namespace scorefem::dataset {

PairStore::PairStore(std::int64_t rows, std::string folder) : rows_(rows), folder_(std::move(folder)) {}

torch::Tensor PairStore::room(std::int64_t columns) {
  if (folder_.empty()) return torch::empty({rows_, columns}, torch::kFloat64);
  maps_->emplace_back(folder_, rows_, columns);
  return maps_->back().tensor();
}

void PairStore::add(Array& array, const torch::Tensor& part) {
  const bool first = n_ == 0;
  if (first) {
    array.columns = part.size(1);
    if (part.numel() > 0) array.number = part[0][0].item<double>();
  }
  if (!array.values.defined()) {
    if (part.eq(array.number).all().item<bool>()) return;
    array.values = room(array.columns);
    if (n_ > 0) array.values.narrow(0, 0, n_).fill_(array.number);
  }
  array.values.narrow(0, n_, part.size(0)).copy_(part);
}

void PairStore::add(const diffusion::Pairs& part) {
  if (part.size() == 0 && n_ > 0) return;
  const torch::Tensor* const parts[] = {&part.inferred, &part.measured, &part.noise, &part.mask};
  for (int i = 0; i < 4; ++i) add(arrays_[i], *parts[i]);
  n_ += part.size();
  for (const MappedRows& map : *maps_) map.let_go();
}

diffusion::Pairs PairStore::finish() {
  torch::Tensor tensors[4];
  for (int i = 0; i < 4; ++i) {
    const Array& array = arrays_[i];
    tensors[i] = array.values.defined()
                     ? array.values.narrow(0, 0, n_)
                     : torch::full({1, 1}, array.number, torch::kFloat64).expand({n_, array.columns});
  }
  diffusion::Pairs pairs{tensors[0], tensors[1], tensors[2], tensors[3]};
  if (folder_.empty()) return pairs;
  // So many rows may be in this process's memory before it lets go of them: the system keeps what it has room
  // for.
  constexpr std::int64_t kBytes = std::int64_t{16} << 20;
  std::int64_t columns = 0;
  for (const Array& array : arrays_) columns += array.values.defined() ? array.columns : 0;
  const std::int64_t limit = kBytes / (8 * std::max<std::int64_t>(columns, 1));
  pairs.uses = [maps = maps_, used = std::int64_t{0}, limit](std::int64_t begin, std::int64_t end) mutable {
    used += end - begin;
    for (const MappedRows& map : *maps) {
      if (used > limit) map.let_go();
      map.expect(begin, end);
    }
    if (used > limit) used = 0;
  };
  return pairs;
}

}  // namespace scorefem::dataset
