#include "diffusion/training/pair_split.h"

#include <torch/types.h>

#include "diffusion/numerics/random_tensor.h"

namespace scorefem::diffusion {

PairSplit split_pairs(const Pairs& pairs, const TrainingOptions& options) {
  const std::int64_t n = pairs.size(), n_training = options.training_part(n);
  const torch::Tensor order = permutation(CounterRandom(options.seed, Stream::validation_split), 0, n);
  const torch::Tensor training = order.narrow(0, 0, n_training);
  return {options.in_windows(n) ? std::get<0>(training.sort()) : training,
          order.narrow(0, n_training, n - n_training)};
}

BatchSource validation_source(const Pairs& pairs, const PairSplit& parts, bool masked,
                              const TrainingOptions& options, torch::Device device) {
  // On another device there would be a second copy of all pairs.
  if (options.in_windows(pairs.size()) || !device.is_cpu())
    return BatchSource::in_memory(pairs, parts.validation, masked, options, device);
  return {pairs, parts.validation, masked, options, device};
}

BatchOrder::ReadAhead read_ahead(const Pairs& pairs, const torch::Tensor& training,
                                 const TrainingOptions& options) {
  if (!pairs.uses || !options.in_windows(pairs.size())) return {};
  return [uses = pairs.uses, training](std::int64_t begin, std::int64_t n) {
    const std::int64_t* const row = training.data_ptr<std::int64_t>();
    uses(row[begin], row[begin + n - 1] + 1);
  };
}

}  // namespace scorefem::diffusion
