#include "diffusion/training/host_steps.h"

#include <torch/autograd.h>
#include <torch/types.h>

#include "diffusion/training/schedule.h"

namespace scorefem::diffusion {

HostSteps::HostSteps(const TrainableModel& model, const BatchSource& source, const TrainingOptions& options)
    : model_(model), source_(source), options_(options), streams_(BatchStreams::for_training(options.seed)) {}

std::vector<double> HostSteps::take(TrainingState& state, const torch::Tensor& rows) {
  const auto first_index = static_cast<std::uint64_t>(state.step * options_.batch_size);
  const Batch batch = source_.draw(rows, first_index, streams_);
  torch::Tensor parameters = state.parameters.detach().requires_grad_(true);
  const torch::Tensor loss = model_.loss(parameters, batch);
  torch::Tensor gradient = torch::autograd::grad({loss}, {parameters})[0];
  if (options_.gradient_clip > 0.0) clip(gradient);
  const double rate = learning_rate(options_, state.step, state.total_steps);
  ++state.step;
  state.adam.update(state.parameters, gradient, state.step, rate, options_.weight_decay);
  if (state.averaged.defined())
    state.averaged.lerp_(state.parameters, 1.0 - averaging_decay(options_, state.step));
  return {loss.item<double>()};
}

void HostSteps::clip(torch::Tensor& gradient) const {
  const double norm = gradient.norm().item<double>();
  if (norm > options_.gradient_clip) gradient.mul_(options_.gradient_clip / norm);
}

}  // namespace scorefem::diffusion
