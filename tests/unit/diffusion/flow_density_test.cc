#include "diffusion/sampling/flow_density.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../../verification/diffusion/model_cases.h"
#include "diffusion/model/make_model.h"
#include "gaussian_pairs.h"

using namespace scorefem::diffusion;  // NOLINT: a test of this namespace alone
using scorefem::diffusion::test::GaussianPairs;
using scorefem::diffusion::test::model_cases;
using scorefem::diffusion::test::ModelCase;

namespace {

constexpr double kNoise = 0.4;

/// Residual layers beside those of the other tests.
std::vector<ModelCase> cases() {
  std::vector<ModelCase> all = model_cases(16, 2);
  ModelCase residual = all[0];
  residual.name = "residual";
  residual.model.network = Network::gaussian_residual;
  residual.model.layers = Layers::residual;
  all.push_back(residual);
  return all;
}

class FlowDensity : public testing::TestWithParam<ModelCase> {
 protected:
  /// A model that nobody trained, with small weights that are not 0: any flow will do.
  std::unique_ptr<TrainableModel> model() const {
    ModelSetup setup;
    setup.model = GetParam().model;
    setup.noise = {kNoise, kNoise};
    setup.n_inferred = 2;
    setup.n_measured = 3;
    GaussianPairs problem;
    problem.mean = 0.5;
    const Pairs pairs = problem.draw(500);
    auto made = make_model(setup, PairRows(pairs), torch::kCPU);
    torch::Tensor parameters =
        made->initial_parameters({1, Stream::network}) +
        0.02 * normal_tensor({2, Stream::user}, 0, 1, made->network().n_parameters(), torch::kFloat32)
                   .squeeze(0);
    made->set_parameters(parameters);
    return made;
  }
  Measurements one() const {
    return {torch::tensor({{1.0, 0.4, -0.2}}, torch::kFloat64), torch::ones({1, 3}, torch::kFloat64),
            torch::full({1}, kNoise, torch::kFloat64)};
  }
};
INSTANTIATE_TEST_SUITE_P(Models, FlowDensity, testing::ValuesIn(cases()),
                         [](const auto& instance) { return instance.param.name; });

TEST_P(FlowDensity, DivergenceIsThatOfDifferences) {
  const auto made = model();
  const std::int64_t rows = 5;
  const auto at = made->condition(one(), torch::zeros({rows}, torch::kInt64));
  const torch::Tensor w = 0.7 * normal_tensor({3, Stream::user}, 0, rows, 2, torch::kFloat64);
  for (const double theta : {0.4, 1.1}) {
    const FlowDivergence exact = at->flow_divergence(w, theta);
    EXPECT_LT((exact.flow - at->relative_flow(w, theta)).abs().max().item<double>(), 1e-5);
    constexpr double kStep = 1e-2;  // the flow is in single precision
    torch::Tensor difference = torch::zeros({rows}, torch::kFloat64);
    for (std::int64_t j = 0; j < 2; ++j) {
      torch::Tensor step = torch::zeros_like(w);
      step.select(1, j).fill_(kStep);
      difference += (at->relative_flow(w + step, theta) - at->relative_flow(w - step, theta)).select(1, j) /
                    (2 * kStep);
    }
    const double scale = 1 + difference.abs().max().item<double>();
    EXPECT_LT((exact.divergence - difference).abs().max().item<double>(), 2e-3 * scale) << theta;
  }
}

TEST_P(FlowDensity, OfSamplesIsThatOfTheirValues) {
  const auto made = model();
  DensityOptions options;
  options.steps = 40;
  options.batch_rows = 7;
  const DensitySamples drawn = sample_with_density(*made, one(), 20, 5, 3, options);
  EXPECT_EQ(drawn.learnt.sizes(), (torch::IntArrayRef{20, 2}));
  const torch::Tensor again = log_density(*made, one(), drawn.learnt, options).log_density;
  EXPECT_LT((again - drawn.log_density).abs().max().item<double>(), 2e-2);
  // In other batches, the same draws.
  options.batch_rows = 100;
  const DensitySamples together = sample_with_density(*made, one(), 20, 5, 3, options);
  EXPECT_LT((together.learnt - drawn.learnt).abs().max().item<double>(), 1e-5);
  EXPECT_GT(
      (sample_with_density(*made, one(), 20, 6, 3, options).learnt - drawn.learnt).abs().max().item<double>(),
      0.1);
}

TEST_P(FlowDensity, IntegratesToOne) {
  // E_q[f / q] = 1 for any density f within q's tails: a Gaussian with q's mean and half its variance.
  const auto made = model();
  constexpr std::int64_t kDraws = 4000;
  const DensitySamples drawn = sample_with_density(*made, one(), kDraws, 5, 0);
  const torch::Tensor mean = drawn.learnt.mean(0);
  const torch::Tensor covariance = 0.5 * (drawn.learnt - mean).t().matmul(drawn.learnt - mean) / kDraws;
  const torch::Tensor off = drawn.learnt - mean;
  const torch::Tensor log_f = -0.5 * (off.matmul(torch::linalg_inv(covariance)) * off).sum(1) -
                              0.5 * torch::logdet(covariance) - std::log(2 * M_PI);
  const torch::Tensor ratio = (log_f - drawn.log_density).exp();
  const double error = ratio.std().item<double>() / std::sqrt(static_cast<double>(kDraws));
  EXPECT_LT(error, 0.05);  // 4 standard errors notice a density that is 20 % off
  EXPECT_NEAR(ratio.mean().item<double>(), 1, 4 * error);
}

TEST(FlowDensityOfAGaussian, IsItsOwn) {
  // With its output layer at 0 the residual network is the Gaussian fit itself.
  ModelSetup setup;
  setup.model.network = Network::gaussian_residual;
  setup.model.width = 8;
  setup.model.hidden_layers = 1;
  setup.noise = {kNoise, kNoise};
  setup.n_inferred = 2;
  setup.n_measured = 3;
  const GaussianPairs problem;
  const Pairs pairs = problem.draw(200000);
  const auto made = make_model(setup, PairRows(pairs), torch::kCPU);
  made->set_parameters(made->initial_parameters({1, Stream::network}));
  const torch::Tensor y = torch::tensor({{4.0, 1.5, -1.2}}, torch::kFloat64);
  const Measurements one{y, torch::ones({1, 3}, torch::kFloat64), torch::full({1}, kNoise, torch::kFloat64)};
  const auto [covariance, mean] = problem.posterior(y[0], torch::ones({3}, torch::kFloat64), kNoise);
  const torch::Tensor x = mean + 0.3 * normal_tensor({4, Stream::user}, 0, 10, 2, torch::kFloat64);
  const torch::Tensor off = x - mean;
  const torch::Tensor expected = -0.5 * (off.matmul(torch::linalg_inv(covariance)) * off).sum(1) -
                                 0.5 * torch::logdet(covariance) - std::log(2 * M_PI);
  // The fit's own error: of moments of 200,000 pairs.
  const VectorDensities found = log_density(*made, one, x);
  EXPECT_TRUE(found.converged);
  EXPECT_LT((found.log_density - expected).abs().max().item<double>(), 0.03);
}

/// A flow that moves nothing, and whose divergence oscillates over the angle.
class Oscillating : public Model {
 public:
  explicit Oscillating(double frequency) : frequency_(frequency) {}
  const Process& process() const override { return *process_; }
  const ModelOptions& options() const override { return options_; }
  const NoiseRange& noise() const override { return noise_; }
  std::int64_t n_inferred() const override { return 2; }
  std::int64_t n_measured() const override { return 3; }
  void check(const Measurements& measurements) const override { measurements.validate(); }
  std::unique_ptr<ConditionedModel> condition(const Measurements&, const torch::Tensor&,
                                              Precision) const override {
    return std::make_unique<Conditioned>(frequency_);
  }

 private:
  class Conditioned : public ConditionedModel {
   public:
    explicit Conditioned(double frequency) : frequency_(frequency) {}
    torch::Tensor score(const torch::Tensor& state, double) override { return -state; }
    torch::Tensor flow(const torch::Tensor& w, double) override { return torch::zeros_like(w); }
    double initial_stddev(double) const override { return 1.0; }
    double initial_angle() const override { return std::acos(0.0); }
    std::unique_ptr<ConditionedModel> select(const torch::Tensor&) const override {
      return std::make_unique<Conditioned>(frequency_);
    }
    torch::Tensor near_gaussian() const override { return torch::ones({1}, torch::kBool); }
    torch::Tensor to_physical(const torch::Tensor& state) const override { return state; }
    FlowDivergence flow_divergence(const torch::Tensor& u, double theta) const override {
      return {torch::zeros_like(u),
              torch::full({u.size(0)}, 10 * std::sin(frequency_ * theta), torch::kFloat64)};
    }
    torch::Tensor to_learnt(const torch::Tensor& u) const override { return u; }
    torch::Tensor from_learnt(const torch::Tensor& learnt) const override { return learnt; }
    torch::Tensor log_volume() const override { return torch::zeros({1}, torch::kFloat64); }

   private:
    double frequency_;
  };

  double frequency_;
  std::unique_ptr<Process> process_ = make_process({});
  ModelOptions options_;
  NoiseRange noise_;
};

TEST(FlowDensitySteps, ThatAreTooFewAreSaidToBe) {
  const Measurements one{torch::zeros({1, 3}, torch::kFloat64), torch::ones({1, 3}, torch::kFloat64),
                         torch::zeros({1}, torch::kFloat64)};
  const torch::Tensor x = torch::zeros({4, 2}, torch::kFloat64);
  for (const auto& [frequency, enough] : {std::pair{1.0, true}, {1000.0, false}}) {
    const Oscillating model(frequency);
    EXPECT_EQ(log_density(model, one, x).converged, enough) << frequency;
    EXPECT_EQ(sample_with_density(model, one, 4, 1, 0).converged, enough) << frequency;
  }
}

TEST(FlowDensityOptions, AreChecked) {
  ModelSetup setup;
  setup.model.width = 4;
  setup.model.hidden_layers = 1;
  setup.noise = {kNoise, kNoise};
  setup.n_inferred = 2;
  setup.n_measured = 3;
  const Pairs pairs = GaussianPairs().draw(50);
  const auto made = make_model(setup, PairRows(pairs), torch::kCPU);
  made->set_parameters(made->initial_parameters({1, Stream::network}));
  const Measurements two{torch::zeros({2, 3}, torch::kFloat64), torch::ones({2, 3}, torch::kFloat64),
                         torch::full({2}, kNoise, torch::kFloat64)};
  EXPECT_THROW(sample_with_density(*made, two, 5, 1, 0), std::invalid_argument);
  DensityOptions options;
  options.steps = -1;
  EXPECT_THROW(log_density(*made, two, torch::zeros({1, 2}, torch::kFloat64), options),
               std::invalid_argument);
}

}  // namespace
