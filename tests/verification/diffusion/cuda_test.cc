// Loss, gradient and samples on a CUDA device against those on the CPU. Skipped where there is no device.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <string>

#include "../../unit/diffusion/gaussian_pairs.h"
#include "../../unit/diffusion/temporary_folder.h"
#include "diffusion/model/gaussian_residual.h"
#include "diffusion/model/make_model.h"
#include "diffusion/model/score_mlp.h"
#include "diffusion/sampling/posterior_sampler.h"
#include "diffusion/training/batch_source.h"
#include "diffusion/training/checkpoint.h"
#include "diffusion/training/training.h"
#include "model_cases.h"

using namespace scorefem::diffusion;  // NOLINT: a test of this namespace alone
using scorefem::diffusion::test::GaussianPairs;
using scorefem::diffusion::test::model_cases;
using scorefem::diffusion::test::ModelCase;

namespace {

class Cuda : public scorefem::diffusion::test::TemporaryFolder,
             public testing::WithParamInterface<ModelCase> {
 protected:
  void SetUp() override {
    if (!torch::cuda::is_available()) GTEST_SKIP() << "no CUDA device, or a LibTorch without CUDA";
    training_.epochs = 2;
    training_.batch_size = 200;
    training_.noise = {0.3, 0.3};
    training_.fresh_noise = training_.fresh_masks = true;
    training_.threads = 1;
  }

  Pairs pairs_ = GaussianPairs().draw(2000);
  TrainingOptions training_;
};
INSTANTIATE_TEST_SUITE_P(Models, Cuda, testing::ValuesIn(model_cases(32, 2)),
                         [](const auto& instance) { return instance.param.name; });

double relative_difference(const torch::Tensor& a, const torch::Tensor& b) {
  return ((a.cpu() - b.cpu()).norm() / b.cpu().norm()).item<double>();
}

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
  const auto samples = [&](Device device) {
    const std::string file = path(device == Device::cuda ? "cuda.pt" : "cpu.pt");
    training_.device = device;
    train(pairs_, {}, GetParam().model, training_, file);
    const auto model = load_model(file, device);
    const Pairs observed = GaussianPairs().draw(3, 99);
    const Measurements m{observed.measured + 0.3 * observed.noise, torch::ones({3, 3}, torch::kFloat64),
                         torch::full({3}, 0.3, torch::kFloat64)};
    SamplerOptions sampler;
    sampler.method = Method::angle_rk3;
    sampler.steps = 20;
    torch::Tensor all = torch::empty({3, 200, 2}, torch::kFloat32);
    sample_posterior(*model, m, 200, sampler, 5, 0,
                     [&](std::int64_t i, std::int64_t j, const torch::Tensor& part) {
                       all.narrow(0, i, part.size(0)).narrow(1, j, part.size(1)).copy_(part);
                     });
    return all;
  };
  const torch::Tensor expected = samples(Device::cpu), found = samples(Device::cuda);
  const torch::Tensor stddev = expected.std(1, /*unbiased=*/true, /*keepdim=*/true);
  // Twenty steps of training and as many of sampling, in float32.
  EXPECT_LT(((found - expected) / stddev).abs().max().item<double>(), 0.01);
}

}  // namespace
