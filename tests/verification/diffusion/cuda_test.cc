// A CUDA device against the CPU: random numbers, processes, loss, gradient, training, resume, samples.
// Skipped where there is no device.
#include <gtest/gtest.h>
#include <torch/autograd.h>
#include <torch/cuda.h>
#include <torch/types.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../../unit/diffusion/gaussian_pairs.h"
#include "diffusion/model/gaussian_residual.h"
#include "diffusion/model/make_model.h"
#include "diffusion/model/score_mlp.h"
#include "diffusion/numerics/process.h"
#include "diffusion/sampling/flow_density.h"
#include "diffusion/sampling/posterior_sampler.h"
#include "diffusion/training/batch_source.h"
#include "diffusion/training/checkpoint.h"
#include "diffusion/training/training.h"
#include "model_cases.h"
#include "tests/unit/temporary_folder.h"

using namespace scorefem::diffusion;  // NOLINT: a test of this namespace alone
using scorefem::diffusion::test::GaussianPairs;
using scorefem::diffusion::test::model_cases;
using scorefem::diffusion::test::ModelCase;

namespace {

bool no_device() {
  return !torch::cuda::is_available();
}
constexpr const char* kSkipped = "no CUDA device, or a LibTorch without CUDA";

double relative_difference(const torch::Tensor& a, const torch::Tensor& b) {
  return ((a.cpu() - b.cpu()).norm() / b.cpu().norm()).item<double>();
}

std::vector<ModelCase> cases() {
  std::vector<ModelCase> all = model_cases(32, 2);
  ModelCase residual = all[2];
  residual.name = "residual_layers";
  residual.model.layers = Layers::residual;
  all.push_back(residual);
  return all;
}

TEST(CudaNumbers, AreThoseOfTheHost) {
  if (no_device()) GTEST_SKIP() << kSkipped;
  const torch::Tensor index = torch::arange(1000, torch::kInt64) * 12345678901L;
  const CounterRandom random(7, Stream::initial_state, 3);
  const auto on_device = index.to(torch::kCUDA);
  EXPECT_TRUE(uniform_tensor(random, on_device, 5, torch::kFloat64)
                  .cpu()
                  .equal(uniform_tensor(random, index, 5, torch::kFloat64)));
  EXPECT_TRUE(normal_tensor(random, on_device, 5, torch::kFloat64)
                  .cpu()
                  .allclose(normal_tensor(random, index, 5, torch::kFloat64), 1e-13, 1e-13));
}

TEST(CudaProcesses, HaveTheirKernelsThere) {
  if (no_device()) GTEST_SKIP() << kSkipped;
  const torch::Tensor t = torch::linspace(0.0, 1.0, 101, torch::kFloat64);
  for (const ProcessFamily family :
       {ProcessFamily::ve_geometric, ProcessFamily::ve_linear, ProcessFamily::vp, ProcessFamily::vp_straight})
    for (const double k : {0.5, 1.0, 2.0, 8.0}) {
      ProcessOptions options;
      options.family = family;
      options.k = k;
      const auto process = make_process(options);
      EXPECT_TRUE(process->mean(t.to(torch::kCUDA)).cpu().allclose(process->mean(t), 1e-12, 1e-12));
      EXPECT_TRUE(process->stddev(t.to(torch::kCUDA)).cpu().allclose(process->stddev(t), 1e-12, 1e-12));
    }
}

class Cuda : public scorefem::test::TemporaryFolder, public testing::WithParamInterface<ModelCase> {
 protected:
  void SetUp() override {
    if (no_device()) GTEST_SKIP() << kSkipped;
    training_.epochs = 2;
    training_.batch_size = 200;
    training_.noise = {0.3, 0.3};
    training_.fresh_noise = training_.fresh_masks = true;
    training_.angles.small = GetParam().model.network == Network::mlp ? 0.0 : 0.3;
    training_.ema_decay = 0.9;
    training_.weight_decay = 0.01;
    training_.gradient_clip = 1.0;
    training_.schedule = LearningRateSchedule::cosine;
    training_.validation_interval = 1;
    training_.threads = 1;
  }

  /// The checkpoint of a training there; `callbacks` may stop it.
  std::string trained(Device device, const std::string& name, const TrainingCallbacks& callbacks = {}) {
    training_.device = device;
    result_ = train(pairs_, {}, GetParam().model, training_, path(name), {}, callbacks);
    return path(name);
  }

  static torch::Tensor weights(const std::string& file) {
    return dynamic_cast<const TrainableModel&>(*load_model(file, Device::cpu)).parameters();
  }

  static Measurements measurements() {
    const Pairs observed = GaussianPairs().draw(3, 99);
    return {observed.measured + 0.3 * observed.noise, torch::ones({3, 3}, torch::kFloat64),
            torch::full({3}, 0.3, torch::kFloat64)};
  }

  static torch::Tensor samples(const std::string& file, Device device, const SamplerOptions& sampler) {
    const auto model = load_model(file, device);
    torch::Tensor all = torch::empty({3, 200, 2}, torch::kFloat32);
    sample_posterior(*model, measurements(), 200, sampler, 5, 0,
                     [&](std::int64_t i, std::int64_t j, const torch::Tensor& part) {
                       all.narrow(0, i, part.size(0)).narrow(1, j, part.size(1)).copy_(part);
                     });
    return all;
  }

  /// The greatest difference of two sets of samples, in standard deviations of the second.
  static double in_standard_deviations(const torch::Tensor& found, const torch::Tensor& expected) {
    const torch::Tensor stddev = expected.std(1, /*unbiased=*/true, /*keepdim=*/true);
    return ((found - expected) / stddev).abs().max().item<double>();
  }

  Pairs pairs_ = GaussianPairs().draw(2000);
  TrainingOptions training_;
  TrainingResult result_;
};
INSTANTIATE_TEST_SUITE_P(Models, Cuda, testing::ValuesIn(cases()),
                         [](const auto& instance) { return instance.param.name; });

TEST_P(Cuda, GivesTheLossAndItsGradient) {
  const auto loss_and_gradient = [&](torch::Device device) {
    const ModelSetup setup{{}, GetParam().model, training_.noise, 2, 3};
    const auto model = make_model(setup, pairs_, device);
    model->prepare_training(pairs_, training_);
    // Not the initial weights, with which the residual's gradient is mostly 0.
    const torch::Tensor weights =
        0.1 * normal_tensor({3, Stream::user}, 0, 1, model->network().n_parameters(), torch::kFloat32)[0];
    const torch::Tensor parameters = weights.to(device).requires_grad_(true);
    const BatchSource source(pairs_, torch::arange(pairs_.size(), torch::kInt64), setup.model.masked,
                             training_, device);
    const Batch batch =
        source.draw(torch::arange(200, torch::kInt64), 0, BatchStreams::for_training(training_.seed));
    const torch::Tensor loss = model->loss(parameters, batch);
    return std::pair{loss.detach(), torch::autograd::grad({loss}, {parameters})[0]};
  };
  const auto [loss, gradient] = loss_and_gradient(torch::kCUDA);
  const auto [expected_loss, expected_gradient] = loss_and_gradient(torch::kCPU);
  // Float32, and sums of 200 rows in another order.
  EXPECT_LT(relative_difference(loss, expected_loss), 1e-5);
  EXPECT_LT(relative_difference(gradient, expected_gradient), 1e-4);
}

TEST_P(Cuda, TrainsAndSamplesTheSame) {
  const std::string on_cpu = trained(Device::cpu, "cpu.pt");
  const std::vector<HistoryEntry> expected_history = result_.history;
  const std::string on_device = trained(Device::cuda, "cuda.pt");
  ASSERT_EQ(result_.history.size(), expected_history.size());
  for (std::size_t i = 0; i < expected_history.size(); ++i) {
    EXPECT_NEAR(result_.history[i].training_loss, expected_history[i].training_loss, 1e-3);
    EXPECT_NEAR(result_.history[i].validation_loss, expected_history[i].validation_loss, 1e-3);
  }
  SamplerOptions sampler;
  sampler.method = Method::angle_rk3;
  sampler.steps = 20;
  // Twenty steps of training and as many of sampling, in float32.
  EXPECT_LT(in_standard_deviations(samples(on_device, Device::cuda, sampler),
                                   samples(on_cpu, Device::cpu, sampler)),
            0.01);
}

TEST_P(Cuda, EverySamplerDrawsTheSame) {
  const std::string file = trained(Device::cpu, "model.pt");
  for (const Method method : {Method::rk45, Method::heun, Method::angle_midpoint, Method::angle_adaptive,
                              Method::dpm_solver_2m, Method::euler_maruyama, Method::stochastic_heun}) {
    SamplerOptions sampler;
    sampler.method = method;
    sampler.steps = 20;
    EXPECT_LT(
        in_standard_deviations(samples(file, Device::cuda, sampler), samples(file, Device::cpu, sampler)),
        0.01)
        << "method " << static_cast<int>(method);
  }
}

TEST_P(Cuda, DensitiesAreTheSame) {
  const std::string file = trained(Device::cpu, "model.pt");
  const Measurements all = measurements();
  const Measurements one{all.values.narrow(0, 0, 1), all.mask.narrow(0, 0, 1), all.noise_std.narrow(0, 0, 1)};
  DensityOptions options;
  options.steps = 8;
  const auto found = sample_with_density(*load_model(file, Device::cuda), one, 20, 3, 0, options);
  const auto expected = sample_with_density(*load_model(file, Device::cpu), one, 20, 3, 0, options);
  EXPECT_TRUE(found.learnt.allclose(expected.learnt, 1e-3, 1e-3));
  EXPECT_TRUE(found.log_density.allclose(expected.log_density, 1e-3, 1e-2));
}

TEST_P(Cuda, ResumesBitForBit) {
  training_.epochs = 6;  // beyond the first steps, which are taken one by one, before and after the stop
  const torch::Tensor expected = weights(trained(Device::cuda, "whole.pt"));
  TrainingCallbacks callbacks;
  callbacks.stop = [] { return true; };
  trained(Device::cuda, "parts.pt", callbacks);
  ASSERT_FALSE(result_.finished);
  while (!result_.finished) trained(Device::cuda, "parts.pt", callbacks);
  EXPECT_TRUE(weights(path("parts.pt")).equal(expected));
}

TEST_P(Cuda, TrainsOnPairsThatAreNotInMemory) {
  const torch::Tensor expected = weights(trained(Device::cuda, "memory.pt"));
  pairs_.identity = pairs_.fingerprint();
  pairs_.uses = [](std::int64_t, std::int64_t) {};
  EXPECT_TRUE(weights(trained(Device::cuda, "file.pt")).equal(expected));
}

}  // namespace
