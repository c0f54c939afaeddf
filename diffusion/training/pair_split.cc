#include "diffusion/training/pair_split.h"

#include <torch/torch.h>

#include "diffusion/numerics/random_tensor.h"

namespace scorefem::diffusion {
namespace {

/// Whether batches are of windows of the training part.
bool in_windows(const TrainingOptions& options, std::int64_t n_training) {
  return options.window > 0 && options.window < n_training;
}

}  // namespace

PairSplit split_pairs(const Pairs& pairs, const TrainingOptions& options) {
  const std::int64_t n = pairs.size(), n_training = options.training_part(n);
  const torch::Tensor order = permutation(CounterRandom(options.seed, Stream::validation_split), 0, n);
  const torch::Tensor training = order.narrow(0, 0, n_training);
  return {in_windows(options, n_training) ? std::get<0>(training.sort()) : training,
          order.narrow(0, n_training, n - n_training)};
}

BatchSource validation_source(const Pairs& pairs, const PairSplit& parts, bool masked,
                              const TrainingOptions& options, torch::Device device) {
  if (in_windows(options, parts.training.size(0)))
    return BatchSource::in_memory(pairs, parts.validation, masked, options, device);
  return {pairs, parts.validation, masked, options, device};
}

BatchOrder::ReadAhead read_ahead(const Pairs& pairs, const torch::Tensor& training) {
  if (!pairs.uses) return {};
  return [uses = pairs.uses, training](std::int64_t begin, std::int64_t n) {
    const std::int64_t* const row = training.data_ptr<std::int64_t>();
    uses(row[begin], row[begin + n - 1] + 1);
  };
}

}  // namespace scorefem::diffusion
