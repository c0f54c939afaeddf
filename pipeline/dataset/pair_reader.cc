#include "pipeline/dataset/pair_reader.h"

#include <torch/torch.h>

#include <string>

#include "pipeline/base/fingerprint.h"
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
                                     const std::function<void(RowRange rows, SampleBlock& block)>& adjust) {
  const Eigen::Index n = dataset.shape().rows[Split::train];
  diffusion::Pairs pairs;
  std::int64_t n_solved = 0;
  const auto add = [&](torch::Tensor& all, const torch::Tensor& part) {
    if (!all.defined()) all = torch::empty({n, part.size(1)}, part.options());
    all.narrow(0, n_solved, part.size(0)).copy_(part);
  };
  std::string identity;
  dataset.for_each_block(Split::train, [&](RowRange rows, SampleBlock& block) {
    identity += fingerprint(block) + '\n';
    if (adjust) adjust(rows, block);
    const diffusion::Pairs part = to_pairs(block, noise, encoding);
    add(pairs.inferred, part.inferred);
    add(pairs.measured, part.measured);
    add(pairs.noise, part.noise);
    add(pairs.mask, part.mask);
    n_solved += part.size();
  });
  for (torch::Tensor* tensor : {&pairs.inferred, &pairs.measured, &pairs.noise, &pairs.mask})
    *tensor = tensor->narrow(0, 0, n_solved);
  pairs.identity = base::text_fingerprint(identity);
  return pairs;
}

}  // namespace scorefem::dataset
