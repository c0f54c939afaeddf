// Speed of training and sampling on a device, as scripts/benchmark_gpu.py runs it: device_benchmark cpu|cuda
// [STEPS [MEASUREMENTS]] prints JSON. Shapes as in diffusion_benchmark.cc.
#include <torch/autograd.h>
#include <torch/cuda.h>
#include <torch/types.h>
#include <torch/version.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "diffusion/model/make_model.h"
#include "diffusion/numerics/captured_work.h"
#include "diffusion/numerics/random_tensor.h"
#include "diffusion/options/device.h"
#include "diffusion/sampling/posterior_sampler.h"
#include "diffusion/training/batch_source.h"
#include "diffusion/training/checkpoint.h"
#include "diffusion/training/training.h"

namespace scorefem::diffusion {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::int64_t kComponents = 30, kPairs = 9000;
constexpr double kNoise = 0.5;
constexpr int kRounds = 9;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

/// A prior that is clipped at 0, and sums of what is left, as the channel's concentrations are.
Pairs pairs(std::int64_t n, std::uint64_t seed) {
  Pairs pairs;
  pairs.inferred = 1.5 + normal_tensor({seed, Stream::user}, 0, n, kComponents, torch::kFloat64);
  pairs.measured = pairs.inferred.clamp_min(0.0).cumsum(1) / 5.0;
  pairs.noise = normal_tensor({seed, Stream::user, 1}, 0, n, kComponents, torch::kFloat64);
  pairs.mask = torch::ones({n, kComponents}, torch::kFloat64);
  return pairs;
}

ModelOptions model_options(const std::string& name) {
  ModelOptions options;
  if (name == "mlp") return options;
  options.network = Network::gaussian_residual;
  options.activation = Activation::silu;
  options.positive = true;
  options.masked = name == "masked";
  return options;
}

/// A training of so many steps after a warm-up of as many as a tenth, to `path`; its steps a second, median
/// of the rounds.
double train_steps(const std::string& name, Device device, std::int64_t steps, const std::string& path) {
  TrainingOptions options;
  options.device = device;
  options.batch_size = 1000;
  options.ema_decay = 0.999;
  options.validation_fraction = 0.0;
  options.validation_interval = 1000000;
  options.checkpoint_interval = 1e6;
  options.noise = {kNoise, kNoise};
  const std::int64_t n_batches = kPairs / options.batch_size, warm_up = steps / 10;
  options.epochs = static_cast<int>((steps + warm_up) / n_batches + 1);
  if (name != "mlp") {
    options.fresh_noise = options.fresh_masks = true;
    options.gradient_clip = 1.0;
    options.noise = {0.05, 5.0};
  }
  std::vector<double> rates;
  std::int64_t last_step = 0;
  Clock::time_point last;
  TrainingCallbacks callbacks;
  callbacks.progress = [&](const TrainingProgress& at) {
    if (at.step < warm_up) return;
    if (last_step == 0) {
      last_step = at.step;
      last = Clock::now();
    } else if (at.step - last_step >= steps / kRounds) {
      rates.push_back(static_cast<double>(at.step - last_step) / seconds_since(last));
      last_step = at.step;
      last = Clock::now();
    }
  };
  train(pairs(kPairs, 1), {}, model_options(name), options, path, {}, callbacks);
  return median(rates);
}

/// Microseconds of a step's parts, each captured where that can be done.
struct Parts {
  double batch, loss, gradient;
};

Parts parts_of_step(const std::string& name, Device device) {
  TrainingOptions options;
  options.batch_size = 1000;
  options.noise = {kNoise, kNoise};
  options.fresh_noise = options.fresh_masks = name != "mlp";
  const Pairs data = pairs(kPairs, 1);
  const torch::Device where = resolve_device(device);
  const ModelSetup setup{{}, model_options(name), options.noise, kComponents, kComponents};
  const auto model = make_model(setup, data, where);
  model->prepare_training(data, options);
  const BatchSource source(data, torch::arange(kPairs, torch::kInt64), setup.model.masked, options, where);
  const BatchStreams streams = BatchStreams::for_training(1);
  torch::Tensor parameters = model->initial_parameters({1, Stream::network}).to(where).requires_grad_(true);
  const auto microseconds = [&](int times, const std::function<void()>& work) {
    const auto wait = [&] {
      if (where.is_cuda()) torch::cuda::synchronize();
    };
    std::vector<double> all;
    for (int round = 0; round < kRounds; ++round) {
      wait();
      const auto begin = Clock::now();
      for (int i = 0; i < times; ++i) work();
      wait();
      if (round > 0) all.push_back(1e6 * seconds_since(begin) / times);
    }
    return median(all);
  };
  constexpr std::int64_t kTogether = 9;
  const torch::Tensor rows = torch::arange(kPairs, torch::kInt64);
  Parts parts{};
  parts.batch = microseconds(3, [&] { source.draw(rows, 0, streams, kTogether); }) / kTogether;
  const Batch batch = source.draw(rows.narrow(0, 0, options.batch_size), 0, streams);
  const auto timed = [&](const std::function<void()>& work) {
    if (!CapturedWork::is_possible(where)) return microseconds(3, work);
    for (int i = 0; i < 3; ++i) work();
    CapturedWork captured(work);
    return microseconds(100, [&] { captured.repeat(); });
  };
  parts.loss = timed([&] { model->loss(parameters, batch); });
  parts.gradient =
      timed([&] { torch::autograd::grad({model->loss(parameters, batch)}, {parameters}); }) - parts.loss;
  return parts;
}

struct Sampling {
  double seconds, evaluations;
};

Sampling sample(const Model& model, Method method, std::int64_t measurements) {
  constexpr std::int64_t kSamples = 1000;
  const Pairs observed = pairs(measurements, 2);
  torch::Tensor mask = torch::ones({measurements, kComponents}, torch::kFloat64);
  if (model.options().masked)
    mask = uniform_tensor({3, Stream::user}, 0, measurements, kComponents, torch::kFloat64)
               .lt(0.7)
               .to(mask.dtype());
  const Measurements m{observed.measured + kNoise * observed.noise, mask,
                       torch::full({measurements}, kNoise, torch::kFloat64)};
  SamplerOptions options;
  options.method = method;
  options.steps = 3;
  std::vector<double> seconds;
  double evaluations = 0.0;
  for (int round = 0; round < 4; ++round) {
    const auto begin = Clock::now();
    const SamplerStatistics counts = sample_posterior(
        model, m, kSamples, options, 1, 0, [](std::int64_t, std::int64_t, const torch::Tensor&) {});
    if (round > 0) seconds.push_back(seconds_since(begin));
    evaluations = counts.evaluations_per_row(measurements * kSamples);
  }
  return {median(seconds), evaluations};
}

void run(Device device, std::int64_t steps, std::int64_t measurements) {
  const std::string path =
      std::filesystem::temp_directory_path() / ("scorefem_device_" + std::to_string(::getpid()) + ".pt");
  std::cout << "{\"torch\": \"" << TORCH_VERSION << "\", \"measurements\": " << measurements;
  for (const std::string name : {"mlp", "gaussian_residual", "masked"}) {
    std::filesystem::remove(path);
    std::cout << ", \"" << name << "\": {\"steps_per_second\": " << train_steps(name, device, steps, path)
              << std::flush;
    const Parts parts = parts_of_step(name, device);
    std::cout << ", \"microseconds\": {\"batch\": " << parts.batch << ", \"loss\": " << parts.loss
              << ", \"gradient\": " << parts.gradient << "}" << std::flush;
    const auto model = load_model(path, device);
    for (const auto& [method, label] :
         {std::pair{Method::angle_adaptive, "angle_adaptive"}, std::pair{Method::angle_rk3, "angle_rk3"}}) {
      if (name == "mlp") continue;  // the raw score takes a hundred steps, and is here for its training
      const Sampling found = sample(*model, method, measurements);
      std::cout << ", \"" << label << "\": {\"seconds\": " << found.seconds
                << ", \"evaluations_per_sample\": " << found.evaluations << "}" << std::flush;
    }
    std::cout << "}";
  }
  std::cout << "}\n";
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace scorefem::diffusion

int main(int argc, char** argv) {
  using scorefem::diffusion::Device;
  const std::string name = argc > 1 ? argv[1] : "";
  if (name != "cpu" && name != "cuda") {
    std::cerr << "usage: device_benchmark cpu|cuda [STEPS [MEASUREMENTS]]\n";
    return 2;
  }
  scorefem::diffusion::run(name == "cuda" ? Device::cuda : Device::cpu, argc > 2 ? std::atoll(argv[2]) : 4500,
                           argc > 3 ? std::atoll(argv[3]) : 1000);
}
