#pragma once

#include <torch/types.h>

#include "diffusion/model/trainable_model.h"
#include "diffusion/numerics/counter_random.h"
#include "diffusion/options/training_options.h"

namespace scorefem::diffusion {

/// Where the random numbers of a batch come from.
struct BatchStreams {
  CounterRandom time;
  CounterRandom normal;
  CounterRandom noise;
  CounterRandom mask;
  CounterRandom level;

  static BatchStreams for_training(std::uint64_t seed);
  static BatchStreams for_validation(std::uint64_t seed);
};

/// Training data, from which batches are drawn on the model's device: not a copy unless that is another one.
/// Pairs that are not in memory, or do not fit on the device, stay where they are, and each batch is sent.
class BatchSource {
 public:
  /// Without `masked` every sensor is on, whatever the masks of the pairs say.
  /// `used` int64: the rows of the pairs that are drawn from.
  BatchSource(const Pairs& pairs, torch::Tensor used, bool masked, const TrainingOptions& options,
              torch::Device device);
  /// The same with these rows copied: of pairs that are not in memory.
  static BatchSource in_memory(const Pairs& pairs, const torch::Tensor& used, bool masked,
                               const TrainingOptions& options, torch::Device device);

  /// The batch of `rows` (int64 [n], indices into the rows used); row i uses the random numbers of
  /// `first_index` + i. Of several batches that follow each other, of equal size, all rows at once.
  Batch draw(const torch::Tensor& rows, std::uint64_t first_index, const BatchStreams& streams,
             std::int64_t n_batches = 1) const;
  std::int64_t size() const { return used_.size(0); }

 private:
  /// `rows` where the pairs are stored; `index` [n] int64: of their random numbers.
  torch::Tensor masks(const torch::Tensor& rows, const torch::Tensor& index,
                      const CounterRandom& random) const;
  /// Of what is uniform in (0, 1), [n] float64.
  torch::Tensor levels(const torch::Tensor& uniform) const;

  torch::Tensor used_;
  torch::Device storage_ = torch::kCPU;               // where the pairs are
  torch::Tensor inferred_, measured_, noise_, mask_;  // of all pairs, in their own type
  bool masked_;
  TrainingOptions options_;
  torch::Device device_;
};

}  // namespace scorefem::diffusion
