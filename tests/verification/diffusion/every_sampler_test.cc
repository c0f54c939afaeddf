#include <gtest/gtest.h>
#include <torch/torch.h>

#include <string>

#include "../../unit/diffusion/gaussian_pairs.h"
#include "../../unit/diffusion/temporary_folder.h"
#include "diffusion/sampling/posterior_sampler.h"
#include "diffusion/training/checkpoint.h"
#include "diffusion/training/training.h"

using namespace scorefem::diffusion;  // NOLINT: a test of this namespace alone
using scorefem::diffusion::test::GaussianPairs;
using scorefem::diffusion::test::TemporaryFolder;

namespace {

constexpr double kNoise = 1.0;

struct Case {
  std::string name;
  Network network;
  ProcessOptions process;

  friend std::ostream& operator<<(std::ostream& out, const Case& one) { return out << one.name; }
};

std::vector<Case> cases() {
  ProcessOptions exploding, linear, cubic, straight;
  linear.family = ProcessFamily::ve_linear;
  cubic.family = ProcessFamily::vp;
  cubic.k = 3.0;  // g^2(0) is infinite
  straight.family = ProcessFamily::vp_straight;
  straight.k = 1.0;
  std::vector<Case> all;
  for (const auto& [name, process] : {std::pair{"ve_geometric", exploding}, std::pair{"ve_linear", linear},
                                      std::pair{"vp_k3", cubic}, std::pair{"vp_straight", straight}}) {
    all.push_back({std::string("mlp_") + name, Network::mlp, process});
    all.push_back({std::string("gaussian_residual_") + name, Network::gaussian_residual, process});
  }
  return all;
}

class EverySampler : public TemporaryFolder, public testing::WithParamInterface<Case> {};
INSTANTIATE_TEST_SUITE_P(Models, EverySampler, testing::ValuesIn(cases()),
                         [](const auto& instance) { return instance.param.name; });

/// Any network with any process by any method. A raw score that was trained for a second gives standard
/// deviations that are up to twice too large: its bounds are about what goes wrong altogether.
TEST_P(EverySampler, GivesRoughlyThePosteriorOfAGaussian) {
  const bool raw = GetParam().network == Network::mlp;
  ModelOptions options;
  options.network = GetParam().network;
  options.activation = Activation::silu;
  options.width = 48;
  options.hidden_layers = 2;
  TrainingOptions training;
  training.epochs = raw ? 100 : 2;
  training.batch_size = 200;
  training.noise = {kNoise, kNoise};
  training.learning_rate = 4e-3;
  training.schedule = LearningRateSchedule::cosine;
  training.fresh_noise = true;
  training.threads = 1;
  train(GaussianPairs().draw(8000), GetParam().process, options, training, path());
  const auto model = load_model(path());

  const Pairs pairs = GaussianPairs().draw(2, 99);
  Measurements m{pairs.measured + kNoise * pairs.noise, torch::ones({2, 3}, torch::kFloat64),
                 torch::full({2}, kNoise, torch::kFloat64)};
  for (int method = 0; method <= static_cast<int>(Method::stochastic_heun); ++method) {
    SamplerOptions sampler;
    sampler.method = static_cast<Method>(method);
    sampler.rtol = sampler.atol = 1e-3;
    sampler.end_time = 1e-3;
    sampler.threads = 1;
    torch::Tensor samples = torch::empty({2, 500, 2}, torch::kFloat64);
    sample_posterior(*model, m, 500, sampler, 5, 0,
                     [&](std::int64_t i, std::int64_t j, const torch::Tensor& part) {
                       samples.narrow(0, i, part.size(0)).narrow(1, j, part.size(1)).copy_(part);
                     });
    ASSERT_TRUE(torch::isfinite(samples).all().item<bool>()) << method;
    for (std::int64_t i = 0; i < 2; ++i) {
      const auto [covariance, mean] = GaussianPairs().posterior(m.values[i], m.mask[i], kNoise);
      const torch::Tensor stddev = covariance.diagonal().sqrt();
      const double shift = ((samples[i].mean(0) - mean) / stddev).abs().max().item<double>();
      const double ratio = (samples[i].std(0) / stddev - 1.0).abs().max().item<double>();
      EXPECT_LT(shift, raw ? 0.6 : 0.25) << "method " << method << ", measurement " << i;
      EXPECT_LT(ratio, raw ? 1.3 : 0.2) << "method " << method << ", measurement " << i;
    }
  }
}

}  // namespace
