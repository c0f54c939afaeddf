#include "pipeline/dataset/pair_reader.h"

#include <torch/types.h>

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
  const Eigen::Index n = dataset.shape().rows[Split::train];
  PairStore store(n, folder);
  std::string identity;
  dataset.for_each_block(Split::train, [&](RowRange rows, SampleBlock& block) {
    identity += fingerprint(block) + '\n';
    if (adjust) adjust(rows, block);
    store.add(to_pairs(block, noise, encoding));
  });
  diffusion::Pairs pairs = store.finish();
  pairs.identity = base::text_fingerprint(identity);
  return pairs;
}

}  // namespace scorefem::dataset
