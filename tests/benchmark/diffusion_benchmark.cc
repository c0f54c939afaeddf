// Speed of training and of the network on all cores, beside oneDNN's matrix products of the same shapes: see
// scripts/benchmark_diffusion.py.
#include <benchmark/benchmark.h>
#include <oneapi/dnnl/dnnl.h>
#include <torch/types.h>
#include <torch/utils.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <vector>

#include "diffusion/model/make_model.h"
#include "diffusion/model/trainable_model.h"
#include "diffusion/network/mlp.h"
#include "diffusion/numerics/random_tensor.h"
#include "diffusion/numerics/threads.h"
#include "diffusion/training/training.h"

namespace scorefem::diffusion {
namespace {

constexpr std::int64_t kBatch = 1000;

/// As many pairs as the paper's data set, with its 30 components.
Pairs pairs() {
  const std::int64_t n = 9000, d = 30;
  Pairs pairs;
  pairs.inferred = 2.0 + normal_tensor({1, Stream::user}, 0, n, d, torch::kFloat64);
  pairs.measured = pairs.inferred.cumsum(1);
  pairs.noise = normal_tensor({2, Stream::user}, 0, n, d, torch::kFloat64);
  pairs.mask = torch::ones({n, d}, torch::kFloat64);
  return pairs;
}

ModelOptions model_options(Network network) {
  ModelOptions options;
  options.network = network;
  if (network == Network::gaussian_residual) {
    options.activation = Activation::silu;
    options.positive = true;
  }
  return options;
}

TrainingOptions training_options(Network network) {
  TrainingOptions options;
  options.batch_size = kBatch;
  options.epochs = 60;
  options.ema_decay = 0.999;
  options.validation_fraction = 0.0;
  options.noise = {0.5, 0.5};
  if (network == Network::gaussian_residual) {
    options.fresh_noise = true;
    options.gradient_clip = 1.0;
    options.noise = {0.05, 5.0};
  }
  return options;
}

const Mlp& plain(const TrainableModel& model) {
  return dynamic_cast<const Mlp&>(model.network());
}

/// Multiplications of one step: the products of the forward pass, of the gradient with respect to each hidden
/// layer and of that with respect to each weight matrix.
double multiplications(const Mlp& mlp) {
  double sum = 0.0;
  for (std::size_t i = 0; i < mlp.layers().size(); ++i) {
    const MlpLayer& layer = mlp.layers()[i];
    sum += static_cast<double>(kBatch * layer.n_input * layer.n_output) * (i == 0 ? 2.0 : 3.0);
  }
  return sum;
}

/// A whole step: batch, noise, loss, gradient, Adam, moving average.
void training_step(benchmark::State& state) {
  const auto network = static_cast<Network>(state.range(0));
  const std::string path =
      std::filesystem::temp_directory_path() / ("scorefem_benchmark_" + std::to_string(::getpid()) + ".pt");
  const Pairs data = pairs();
  double flops = 0.0;
  std::int64_t steps = 0;
  for (auto _ : state) {
    std::filesystem::remove(path);
    // The first steps are slower, and preparing the model is not a step.
    constexpr std::int64_t kWarmUp = 40;
    std::chrono::steady_clock::time_point begin;
    TrainingCallbacks callbacks;
    callbacks.progress = [&](const TrainingProgress& progress) {
      if (progress.step == kWarmUp) begin = std::chrono::steady_clock::now();
      if (progress.step != progress.total_steps) return;
      const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
      steps = progress.total_steps - kWarmUp;
      state.SetIterationTime(elapsed.count());
    };
    const TrainingResult result =
        train(data, {}, model_options(network), training_options(network), path, {}, callbacks);
    flops = 2.0 * multiplications(plain(dynamic_cast<const TrainableModel&>(*result.model)));
  }
  std::filesystem::remove(path);
  const auto n = static_cast<double>(steps * state.iterations());
  state.counters["steps_per_second"] = benchmark::Counter(n, benchmark::Counter::kIsRate);
  state.counters["flops_per_second"] = benchmark::Counter(n * flops, benchmark::Counter::kIsRate);
}
BENCHMARK(training_step)->Arg(0)->Arg(1)->UseManualTime()->Unit(benchmark::kMillisecond);

/// The step's matrix products and nothing else.
void sgemm(benchmark::State& state) {
  set_threads(0);
  const auto network = static_cast<Network>(state.range(0));
  const ModelSetup setup{{}, model_options(network), training_options(network).noise, 30, 30};
  const auto model = make_model(setup, pairs(), torch::kCPU);
  const Mlp& mlp = plain(*model);
  const std::int64_t widest = 512;
  std::vector<float> input(kBatch * widest, 0.5F), output(kBatch * widest, 0.5F),
      weight(widest * widest, 0.1F);
  for (auto _ : state) {
    for (std::size_t i = 0; i < mlp.layers().size(); ++i) {
      const std::int64_t in = mlp.layers()[i].n_input, out = mlp.layers()[i].n_output;
      dnnl_sgemm('N', 'T', kBatch, out, in, 1.0F, input.data(), in, weight.data(), in, 0.0F, output.data(),
                 out);
      dnnl_sgemm('T', 'N', out, in, kBatch, 1.0F, output.data(), out, input.data(), in, 0.0F, weight.data(),
                 in);
      if (i > 0)
        dnnl_sgemm('N', 'N', kBatch, in, out, 1.0F, output.data(), out, weight.data(), in, 0.0F, input.data(),
                   in);
    }
    benchmark::ClobberMemory();
  }
  state.counters["flops_per_second"] = benchmark::Counter(
      2.0 * multiplications(mlp) * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK(sgemm)->Arg(0)->Arg(1)->UseRealTime()->Unit(benchmark::kMillisecond);

/// The network alone, without gradients; the second argument is the precision.
void inference(benchmark::State& state) {
  set_threads(0);
  const Mlp mlp(214, 60, model_options(Network::gaussian_residual));
  const torch::NoGradGuard no_grad;
  const torch::Tensor parameters = mlp.initial_parameters({1, Stream::network});
  const torch::Tensor input = normal_tensor({3, Stream::user}, 0, 16384, mlp.n_input(), torch::kFloat32);
  for (auto _ : state)
    benchmark::DoNotOptimize(
        mlp(parameters, input, static_cast<Precision>(state.range(0))).data_ptr<float>());
  double flops = 0.0;
  for (const MlpLayer& layer : mlp.layers())
    flops += 2.0 * static_cast<double>(input.size(0) * layer.n_input * layer.n_output);
  state.counters["flops_per_second"] =
      benchmark::Counter(flops * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK(inference)->Arg(0)->Arg(1)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace scorefem::diffusion

BENCHMARK_MAIN();
