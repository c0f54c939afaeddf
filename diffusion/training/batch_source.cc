#include "diffusion/training/batch_source.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "diffusion/numerics/random_tensor.h"
#include "diffusion/numerics/warnings.h"

namespace scorefem::diffusion {

namespace {

/// Whether all rows of a tensor are the same one in memory.
bool is_one_row(const torch::Tensor& tensor) {
  return tensor.stride(0) == 0;
}

/// Rows of a tensor; of one row for all, nothing is copied.
torch::Tensor selected(const torch::Tensor& tensor, const torch::Tensor& rows) {
  if (is_one_row(tensor)) return tensor.narrow(0, 0, 1).expand({rows.size(0), tensor.size(1)});
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
      inferred_(pairs.inferred),
      measured_(pairs.measured),
      noise_(pairs.noise),
      mask_(pairs.mask),
      masked_(masked),
      options_(options),
      device_(device) {
  if (pairs.uses || device.is_cpu()) return;
  try {
    const auto there = [&](const torch::Tensor& x) { return x.to(device); };
    const torch::Tensor all[] = {there(inferred_), there(measured_), there(noise_), there(mask_)};
    inferred_ = all[0], measured_ = all[1], noise_ = all[2], mask_ = all[3];
    storage_ = device;
  } catch (const c10::OutOfMemoryError&) {
    warn("data_not_on_device", device.str() + ": the training data do not fit there, so each batch is sent");
  }
}

BatchSource BatchSource::in_memory(const Pairs& pairs, const torch::Tensor& used, bool masked,
                                   const TrainingOptions& options, torch::Device device) {
  Pairs copy;
  const std::pair<torch::Tensor Pairs::*, std::int64_t> fields[] = {
      {&Pairs::inferred, pairs.inferred.size(1)},
      {&Pairs::measured, pairs.measured.size(1)},
      {&Pairs::noise, pairs.noise.size(1)},
      {&Pairs::mask, pairs.mask.size(1)}};
  for (const auto& [field, columns] : fields)
    copy.*field = is_one_row(pairs.*field) ? selected(pairs.*field, used)
                                           : torch::empty({used.size(0), columns}, (pairs.*field).options());
  // In the order of the file, each row to its place.
  const auto [rows, places] = used.sort();
  constexpr std::int64_t kRows = 4096;
  for (std::int64_t begin = 0; begin < used.size(0); begin += kRows) {
    const std::int64_t n = std::min(kRows, used.size(0) - begin);
    const torch::Tensor from = rows.narrow(0, begin, n), to = places.narrow(0, begin, n);
    if (pairs.uses) pairs.uses(from[0].item<std::int64_t>(), from[n - 1].item<std::int64_t>() + 1);
    for (const auto& [field, columns] : fields)
      if (!is_one_row(pairs.*field)) (copy.*field).index_copy_(0, to, (pairs.*field).index_select(0, from));
  }
  return {copy, torch::arange(used.size(0), torch::kInt64), masked, options, device};
}

Batch BatchSource::draw(const torch::Tensor& rows, std::uint64_t first_index, const BatchStreams& streams,
                        std::int64_t n_batches) const {
  const std::int64_t n = rows.size(0), d = inferred_.size(1), m = measured_.size(1);
  const torch::Tensor stored_rows = used_.index_select(0, rows).to(storage_);
  const auto first = static_cast<std::int64_t>(first_index);
  const torch::Tensor index = torch::arange(first, first + n, torch::dtype(torch::kInt64).device(device_));
  Batch batch;
  batch.inferred = selected(inferred_, stored_rows).to(device_, torch::kFloat64);
  batch.measured = selected(measured_, stored_rows).to(device_, torch::kFloat64);
  batch.noise = options_.fresh_noise ? normal_tensor(streams.noise, index, m, torch::kFloat32)
                                     : selected(noise_, stored_rows).to(device_, torch::kFloat32);
  batch.mask = masks(stored_rows, index, streams.mask);
  const torch::Tensor level = uniform_tensor(streams.level, index, 1, torch::kFloat64).squeeze(1);
  batch.noise_std = levels(level);
  // Sorted, so that rows with the same condition follow each other: which pair gets which is random all the
  // same.
  batch.condition = std::get<0>(level.view({n_batches, n / n_batches}).sort(1)).flatten();
  batch.time = uniform_tensor(streams.time, index, 1, torch::kFloat64).squeeze(1);
  batch.normal = normal_tensor(streams.normal, index, d, torch::kFloat32);
  return batch;
}

torch::Tensor BatchSource::masks(const torch::Tensor& rows, const torch::Tensor& index,
                                 const CounterRandom& random) const {
  const std::int64_t n = rows.size(0), m = mask_.size(1);
  if (!masked_) return torch::ones({n, m}, torch::dtype(torch::kFloat32).device(device_));
  if (!options_.fresh_masks) return selected(mask_, rows).to(device_, torch::kFloat32);
  return uniform_tensor(random, index, m, torch::kFloat64).lt(options_.mask_probability).to(torch::kFloat32);
}

torch::Tensor BatchSource::levels(const torch::Tensor& uniform) const {
  const NoiseRange& noise = options_.noise;
  if (noise.single())
    return torch::full({uniform.size(0)}, noise.maximum, torch::dtype(torch::kFloat32).device(device_));
  const double span = std::log(noise.maximum / noise.minimum);
  return (noise.minimum * torch::exp(span * uniform)).to(torch::kFloat32);
}

}  // namespace scorefem::diffusion
