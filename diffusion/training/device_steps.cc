#include "diffusion/training/device_steps.h"

#include <torch/autograd.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "diffusion/numerics/warnings.h"
#include "diffusion/training/schedule.h"

namespace scorefem::diffusion {

namespace {

/// Bytes that the batches of the steps taken at once may need, and the most of those steps: enough that what
/// is done once for all of them does not count, and so few that a training can be stopped at any time.
constexpr double kMostBytes = 512e6;
constexpr std::int64_t kMostSteps = 256;
/// Libraries set themselves up in the first steps, which cannot be captured.
constexpr std::int64_t kWarmUp = 3;

/// Columns of what changes from step to step, as Adam::update() has them.
enum Factor : std::int64_t { kept, root_correction, minus_rate, average_weight, count };

/// With the numbers that are needed while random ones are made.
std::int64_t steps_at_once(const TrainableModel& model, const TrainingOptions& options) {
  const auto numbers = static_cast<double>(model.n_inferred() + model.n_measured() + 1);
  const double bytes = 64.0 * numbers * static_cast<double>(options.batch_size);
  return std::clamp(static_cast<std::int64_t>(kMostBytes / bytes), std::int64_t{1}, kMostSteps);
}

constexpr torch::Tensor Batch::*kFields[] = {&Batch::inferred, &Batch::measured,  &Batch::noise,
                                             &Batch::mask,     &Batch::noise_std, &Batch::condition,
                                             &Batch::time,     &Batch::normal};

}  // namespace

DeviceSteps::DeviceSteps(const TrainableModel& model, const BatchSource& source,
                         const TrainingOptions& options)
    : model_(model),
      source_(source),
      options_(options),
      streams_(BatchStreams::for_training(options.seed)),
      at_once_(steps_at_once(model, options)),
      steps_before_capture_(kWarmUp) {
  const auto here = torch::TensorOptions().device(model.device());
  factors_ = torch::empty({at_once_, Factor::count}, here.dtype(torch::kFloat32));
  losses_ = torch::empty({at_once_}, here.dtype(torch::kFloat32));
  slot_ = torch::zeros({1}, here.dtype(torch::kInt64));
}

std::vector<double> DeviceSteps::take(TrainingState& state, const torch::Tensor& rows) {
  const std::int64_t n = rows.size(0) / options_.batch_size;
  prepare(state, rows, n);
  for (std::int64_t i = 0; i < n; ++i) {
    if (captured_) {
      captured_->repeat();
      continue;
    }
    step(state);
    if (--steps_before_capture_ == 0) capture(state);
  }
  state.step += n;
  const torch::Tensor losses = losses_.narrow(0, 0, n).to(torch::kCPU, torch::kFloat64);
  return {losses.data_ptr<double>(), losses.data_ptr<double>() + n};
}

void DeviceSteps::prepare(const TrainingState& state, const torch::Tensor& rows, std::int64_t n) {
  const torch::NoGradGuard no_grad;
  const auto first_index = static_cast<std::uint64_t>(state.step * options_.batch_size);
  const Batch drawn = source_.draw(rows, first_index, streams_, n);
  for (const auto field : kFields) {
    const torch::Tensor& from = drawn.*field;
    if (!(batches_.*field).defined()) {
      std::vector<std::int64_t> sizes = from.sizes().vec();
      sizes.front() = at_once_ * options_.batch_size;
      batches_.*field = torch::empty(sizes, from.options());
    }
    (batches_.*field).narrow(0, 0, from.size(0)).copy_(from);
  }
  torch::Tensor factors = torch::empty({n, Factor::count}, torch::kFloat32);
  auto factor = factors.accessor<float, 2>();
  for (std::int64_t i = 0; i < n; ++i) {
    const AdamFactors adam(state.step + i + 1, learning_rate(options_, state.step + i, state.total_steps),
                           options_.weight_decay);
    factor[i][Factor::kept] = static_cast<float>(adam.kept);
    factor[i][Factor::root_correction] = static_cast<float>(adam.root_correction);
    factor[i][Factor::minus_rate] = static_cast<float>(-adam.rate);
    factor[i][Factor::average_weight] =
        static_cast<float>(1.0 - averaging_decay(options_, state.step + i + 1));
  }
  factors_.narrow(0, 0, n).copy_(factors);
  slot_.zero_();
}

Batch DeviceSteps::batch() const {
  Batch one;
  for (const auto field : kFields) {
    const torch::Tensor& all = batches_.*field;
    std::vector<std::int64_t> sizes = all.sizes().vec();
    sizes.front() = options_.batch_size;
    sizes.insert(sizes.begin(), at_once_);
    one.*field = all.view(sizes).index_select(0, slot_).squeeze(0);
  }
  return one;
}

void DeviceSteps::step(TrainingState& state) {
  const Batch now = batch();
  torch::Tensor parameters = state.parameters.detach().requires_grad_(true);
  const torch::Tensor loss = model_.loss(parameters, now);
  torch::Tensor gradient = torch::autograd::grad({loss}, {parameters})[0];
  const torch::NoGradGuard no_grad;
  if (options_.gradient_clip > 0.0) gradient.mul_((options_.gradient_clip / gradient.norm()).clamp_max(1.0));
  const torch::Tensor factor = factors_.index_select(0, slot_).squeeze(0);
  torch::Tensor updated = state.parameters;  // in place
  state.adam.update_on_device(updated, gradient, factor[Factor::kept], factor[Factor::root_correction],
                              factor[Factor::minus_rate], options_.weight_decay > 0.0);
  if (state.averaged.defined()) state.averaged.lerp_(state.parameters, factor[Factor::average_weight]);
  losses_.index_copy_(0, slot_, loss.detach().to(torch::kFloat32).view({1}));
  slot_.add_(1);
}

void DeviceSteps::capture(TrainingState& state) {
  if (!CapturedWork::is_possible(model_.device())) return;
  try {
    captured_ = std::make_unique<CapturedWork>([&] { step(state); });
  } catch (const std::exception& error) {
    const std::string text = error.what();
    warn("no_capture", "a step cannot be captured as one launch, training goes on without: " +
                           text.substr(0, text.find('\n')));
  }
}

}  // namespace scorefem::diffusion
