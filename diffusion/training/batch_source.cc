#include "diffusion/training/batch_source.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "diffusion/numerics/random_tensor.h"

namespace scorefem::diffusion {

namespace {

/// Rows of a tensor; of one whose rows are all the same one in memory, nothing is copied.
torch::Tensor selected(const torch::Tensor& tensor, const torch::Tensor& rows) {
  if (tensor.stride(0) == 0) return tensor.narrow(0, 0, 1).expand({rows.size(0), tensor.size(1)});
  return tensor.index_select(0, rows);
}

}  // namespace

BatchStreams BatchStreams::for_training(std::uint64_t seed) {
  return {{seed, Stream::diffusion_time},
          {seed, Stream::diffusion_noise},
          {seed, Stream::fresh_noise},
          {seed, Stream::fresh_mask},
          {seed, Stream::fresh_level}};
}

BatchStreams BatchStreams::for_validation(std::uint64_t seed) {
  return {{seed, Stream::validation, 0},
          {seed, Stream::validation, 1},
          {seed, Stream::validation, 2},
          {seed, Stream::validation, 3},
          {seed, Stream::validation, 4}};
}

BatchSource::BatchSource(const Pairs& pairs, torch::Tensor used, bool masked, const TrainingOptions& options,
                         torch::Device device)
    : used_(std::move(used)),
      storage_(pairs.uses ? torch::Device(torch::kCPU) : device),
      inferred_(pairs.inferred.to(storage_)),
      measured_(pairs.measured.to(storage_)),
      noise_(pairs.noise.to(storage_)),
      mask_(pairs.mask.to(storage_)),
      masked_(masked),
      options_(options),
      device_(device) {}

BatchSource BatchSource::in_memory(const Pairs& pairs, const torch::Tensor& used, bool masked,
                                   const TrainingOptions& options, torch::Device device) {
  Pairs copy;
  const std::pair<torch::Tensor Pairs::*, std::int64_t> fields[] = {
      {&Pairs::inferred, pairs.inferred.size(1)},
      {&Pairs::measured, pairs.measured.size(1)},
      {&Pairs::noise, pairs.noise.size(1)},
      {&Pairs::mask, pairs.mask.size(1)}};
  for (const auto& [field, columns] : fields)
    copy.*field = torch::empty({used.size(0), columns}, (pairs.*field).options());
  // In the order of the file, each row to its place.
  const auto [rows, places] = used.sort();
  constexpr std::int64_t kRows = 4096;
  for (std::int64_t begin = 0; begin < used.size(0); begin += kRows) {
    const std::int64_t n = std::min(kRows, used.size(0) - begin);
    const torch::Tensor from = rows.narrow(0, begin, n), to = places.narrow(0, begin, n);
    if (pairs.uses) pairs.uses(from[0].item<std::int64_t>(), from[n - 1].item<std::int64_t>() + 1);
    for (const auto& [field, columns] : fields)
      (copy.*field).index_copy_(0, to, (pairs.*field).index_select(0, from));
  }
  return {copy, torch::arange(used.size(0), torch::kInt64), masked, options, device};
}

Batch BatchSource::draw(const torch::Tensor& rows, std::uint64_t first_index,
                        const BatchStreams& streams) const {
  const std::int64_t n = rows.size(0);
  const torch::Tensor stored_rows = used_.index_select(0, rows).to(storage_);
  Batch batch;
  batch.inferred = selected(inferred_, stored_rows).to(device_, torch::kFloat64);
  batch.measured = selected(measured_, stored_rows).to(device_, torch::kFloat64);
  batch.noise =
      options_.fresh_noise
          ? normal_tensor(streams.noise, first_index, n, measured_.size(1), torch::kFloat32).to(device_)
          : selected(noise_, stored_rows).to(device_, torch::kFloat32);
  batch.mask = masks(stored_rows, first_index, streams.mask);
  batch.noise_std = levels(n, first_index, streams.level);
  // Sorted, so that rows with the same condition follow each other: which pair gets which is random all the
  // same.
  batch.condition =
      std::get<0>(uniform_tensor(streams.level, first_index, n, 1, torch::kFloat64).squeeze(1).sort());
  batch.time = uniform_tensor(streams.time, first_index, n, 1, torch::kFloat64).squeeze(1);
  batch.normal =
      normal_tensor(streams.normal, first_index, n, inferred_.size(1), torch::kFloat32).to(device_);
  return batch;
}

torch::Tensor BatchSource::masks(const torch::Tensor& rows, std::uint64_t first_index,
                                 const CounterRandom& random) const {
  const std::int64_t n = rows.size(0);
  if (!masked_) return torch::ones({n, mask_.size(1)}, torch::dtype(torch::kFloat32).device(device_));
  if (!options_.fresh_masks) return selected(mask_, rows).to(device_, torch::kFloat32);
  const torch::Tensor uniform = uniform_tensor(random, first_index, n, mask_.size(1), torch::kFloat64);
  return uniform.lt(options_.mask_probability).to(device_, torch::kFloat32);
}

torch::Tensor BatchSource::levels(std::int64_t n, std::uint64_t first_index,
                                  const CounterRandom& random) const {
  const NoiseRange& noise = options_.noise;
  if (noise.single()) return torch::full({n}, noise.maximum, torch::dtype(torch::kFloat32).device(device_));
  const torch::Tensor uniform = uniform_tensor(random, first_index, n, 1, torch::kFloat64).squeeze(1);
  const double span = std::log(noise.maximum / noise.minimum);
  return (noise.minimum * torch::exp(span * uniform)).to(device_, torch::kFloat32);
}

}  // namespace scorefem::diffusion
