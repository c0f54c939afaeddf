#include "pipeline/dataset/pair_reader.h"

#include <torch/torch.h>

#include <algorithm>
#include <string>

#include "pipeline/base/fingerprint.h"
#include "pipeline/dataset/pair_store.h"
#include "pipeline/dataset/tensor_copy.h"

namespace scorefem::dataset {
namespace {

/// Of all numbers of a block.
std::string fingerprint(const SampleBlock& block) {
  return diffusion::Pairs{to_tensor(block.unknowns), to_tensor(block.observations), to_tensor(block.noise),
                          to_tensor(block.mask)}
      .fingerprint();
}

}  // namespace

diffusion::Pairs read_training_pairs(const Dataset& dataset, const problem::Noise& noise,
                                     const ObservationEncoding& encoding,
                                     const std::function<void(RowRange rows, SampleBlock& block)>& adjust,
                                     const std::string& folder) {
  constexpr Eigen::Index kBlockRows = 10000;
  const Eigen::Index n = dataset.shape().rows[Split::train];
  PairStore store(n, folder);
  std::string identity;
  for (Eigen::Index first = 0; first < n; first += kBlockRows) {
    const RowRange rows{first, std::min(first + kBlockRows, n)};
    SampleBlock block = dataset.read(Split::train, first, rows.size());
    identity += fingerprint(block) + '\n';
    if (adjust) adjust(rows, block);
    store.add(to_pairs(block, noise, encoding));
  }
  diffusion::Pairs pairs = store.finish();
  pairs.identity = base::text_fingerprint(identity);
  return pairs;
}

}  // namespace scorefem::dataset
