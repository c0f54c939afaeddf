// Sampling with models that are none: what a batch may hold, and what ends it.
#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>
#include <memory>
#include <string>

#include "diffusion/numerics/process.h"
#include "diffusion/sampling/posterior_sampler.h"
#include "diffusion/sampling/sampling_failure.h"

using namespace scorefem::diffusion;  // NOLINT: a test of this namespace alone

namespace {

/// A model without a network: F is 0, so that samples are standard normal; NaN for measurement `broken`.
class FakeModel : public Model {
 public:
  const Process& process() const override { return *process_; }
  const ModelOptions& options() const override { return options_; }
  const NoiseRange& noise() const override { return noise_; }
  std::int64_t n_inferred() const override { return 2; }
  std::int64_t n_measured() const override { return 3; }
  std::int64_t condition_bytes() const override { return 1'000'000; }
  void check(const Measurements& measurements) const override { measurements.validate(); }
  std::unique_ptr<ConditionedModel> condition(const Measurements&, const torch::Tensor& row_of,
                                              Precision) const override {
    return std::make_unique<Conditioned>(row_of.eq(broken));
  }

  std::int64_t broken = -1;

 private:
  class Conditioned : public ConditionedModel {
   public:
    explicit Conditioned(const torch::Tensor& broken)
        : flow_(torch::zeros(broken.sizes(), torch::kFloat64).masked_fill(broken, NAN).unsqueeze(1)) {}
    torch::Tensor score(const torch::Tensor& state, double) override { return flow_ - state; }
    torch::Tensor flow(const torch::Tensor& w, double) override { return flow_.expand_as(w); }
    double initial_stddev(double) const override { return 1.0; }
    double initial_angle() const override { return std::acos(0.0); }
    std::unique_ptr<ConditionedModel> select(const torch::Tensor& rows) const override {
      return std::make_unique<Conditioned>(flow_.squeeze(1).isnan().index_select(0, rows));
    }
    torch::Tensor near_gaussian() const override { return torch::ones({flow_.size(0)}, torch::kBool); }
    torch::Tensor to_physical(const torch::Tensor& state) const override { return state.clamp_min(0.0); }

   private:
    torch::Tensor flow_;
  };

  std::unique_ptr<Process> process_ = make_process({});
  ModelOptions options_;
  NoiseRange noise_;
};

Measurements any_measurements(std::int64_t n) {
  return {torch::zeros({n, 3}, torch::kFloat64), torch::ones({n, 3}, torch::kFloat64),
          torch::zeros({n}, torch::kFloat64)};
}

TEST(PosteriorSamplerMemory, BoundsTheConditionsOfABatchToo) {
  SamplerOptions options;
  options.method = Method::angle_midpoint;
  options.steps = 1;
  options.memory_mb = 4.5;
  std::int64_t done = 0;
  sample_posterior(FakeModel(), any_measurements(10), 100, options, 5, 0,
                   [&done](std::int64_t first, std::int64_t, const torch::Tensor& part) {
                     EXPECT_EQ(first, done);
                     EXPECT_EQ(part.size(0), first < 8 ? 4 : 2);
                     EXPECT_EQ(part.size(1), 100);
                     done += part.size(0);
                   });
  EXPECT_EQ(done, 10);
  options.memory_mb = 1.1;  // one condition, and room for a part of its samples
  std::int64_t samples = 0;
  sample_posterior(FakeModel(), any_measurements(1), 1000, options, 5, 0,
                   [&samples](std::int64_t, std::int64_t, const torch::Tensor& part) {
                     EXPECT_LT(part.size(1), 400);
                     samples += part.size(1);
                   });
  EXPECT_EQ(samples, 1000);
}

TEST(PosteriorSamplerErrors, NameTheMeasurementOfASampleThatIsNotFinite) {
  FakeModel model;
  model.broken = 2;
  for (const Method method :
       {Method::angle_midpoint, Method::angle_adaptive, Method::heun, Method::euler_maruyama}) {
    SamplerOptions options;
    options.method = method;
    options.steps = 4;
    try {
      sample_posterior(model, any_measurements(4), 10, options, 5, 70,
                       [](std::int64_t, std::int64_t, const torch::Tensor&) {});
      FAIL() << "a sample that is not finite was accepted";
    } catch (const SamplingFailure& error) {
      EXPECT_NE(std::string(error.what()).find("measurement 73 is not finite"), std::string::npos)
          << error.what();
    }
  }
}

TEST(PosteriorSamplerErrors, RefuseToEndWhereTheReverseProcessIsSingular) {
  const auto accepted = [](Network network, const ProcessOptions& process, Method method, double end_time) {
    SamplerOptions options;
    options.method = method;
    options.end_time = end_time;
    try {
      options.validate_for(*make_process(process), network);
    } catch (const std::invalid_argument& error) {
      EXPECT_NE(std::string(error.what()).find("sampler: end_time = 0, allowed: > 0"), std::string::npos)
          << error.what();
      return false;
    }
    return true;
  };
  ProcessOptions exploding, linear, preserving, cubic;
  linear.family = ProcessFamily::ve_linear;  // s(0) > 0
  preserving.family = cubic.family = ProcessFamily::vp;
  cubic.k = 3.0;
  EXPECT_TRUE(accepted(Network::mlp, exploding, Method::rk45, 0.0));
  EXPECT_TRUE(accepted(Network::mlp, preserving, Method::rk45, 0.0));
  EXPECT_FALSE(accepted(Network::mlp, cubic, Method::rk45, 0.0));
  EXPECT_TRUE(accepted(Network::mlp, cubic, Method::rk45, 1e-5));
  EXPECT_FALSE(accepted(Network::gaussian_residual, exploding, Method::rk45, 0.0));
  EXPECT_FALSE(accepted(Network::gaussian_residual, preserving, Method::rk45, 0.0));
  EXPECT_TRUE(accepted(Network::gaussian_residual, linear, Method::rk45, 0.0));
  EXPECT_TRUE(accepted(Network::gaussian_residual, preserving, Method::rk45, 1e-5));
  // These go no nearer to t = 0 than they can.
  for (const Method method : {Method::euler, Method::heun, Method::euler_maruyama, Method::stochastic_heun}) {
    EXPECT_TRUE(accepted(Network::mlp, cubic, method, 0.0));
    EXPECT_TRUE(accepted(Network::gaussian_residual, exploding, method, 0.0));
  }
  EXPECT_TRUE(accepted(Network::mlp, cubic, Method::angle_heun, 0.0));
  EXPECT_TRUE(accepted(Network::gaussian_residual, exploding, Method::dpm_solver_2m, 0.0));
}

}  // namespace
