// Steps as a device takes them, many at once, against those of the CPU: here both on the CPU.
#include "diffusion/training/device_steps.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <string>

#include "../../verification/diffusion/model_cases.h"
#include "diffusion/model/make_model.h"
#include "diffusion/numerics/warnings.h"
#include "diffusion/training/host_steps.h"
#include "gaussian_pairs.h"

using namespace scorefem::diffusion;  // NOLINT: a test of this namespace alone
using scorefem::diffusion::test::GaussianPairs;
using scorefem::diffusion::test::model_cases;
using scorefem::diffusion::test::ModelCase;

namespace {

class Steps : public testing::TestWithParam<ModelCase> {
 protected:
  Steps() {
    options_.batch_size = 100;
    options_.noise = {0.3, 0.3};
    options_.fresh_noise = options_.fresh_masks = true;
    options_.schedule = LearningRateSchedule::cosine;
    options_.ema_decay = 0.9;
    options_.weight_decay = 0.1;
    options_.gradient_clip = 0.05;
    options_.threads = 1;
    const ModelSetup setup{{}, GetParam().model, options_.noise, 2, 3};
    model_ = make_model(setup, pairs_, torch::kCPU);
    model_->prepare_training(pairs_, options_);
  }

  TrainingState start() const {
    TrainingState state;
    state.parameters = model_->initial_parameters({1, Stream::network});
    state.averaged = state.parameters.clone();
    state.adam = Adam::for_parameters(state.parameters);
    state.total_steps = 40;
    return state;
  }

  /// Ten steps, of which so many are taken together.
  static std::vector<double> ten(OptimisationSteps& steps, TrainingState& state, std::int64_t together) {
    const torch::Tensor order = torch::arange(1000, torch::kInt64).flip(0);
    std::vector<double> losses;
    for (std::int64_t i = 0; i < 10; i += together) {
      const std::int64_t n = std::min(together, 10 - i);
      const auto of_these = steps.take(state, order.narrow(0, 100 * i, 100 * n));
      losses.insert(losses.end(), of_these.begin(), of_these.end());
    }
    return losses;
  }

  Pairs pairs_ = GaussianPairs().draw(1000);
  TrainingOptions options_;
  std::unique_ptr<TrainableModel> model_;
};
INSTANTIATE_TEST_SUITE_P(Models, Steps, testing::ValuesIn(model_cases(16, 2)),
                         [](const auto& instance) { return instance.param.name; });

TEST_P(Steps, AreTheSameOneByOneAndTogether) {
  const BatchSource source(pairs_, torch::arange(1000, torch::kInt64), GetParam().model.masked, options_,
                           torch::kCPU);
  TrainingState expected = start(), found = start(), apart = start();
  HostSteps one_by_one(*model_, source, options_);
  const auto expected_losses = ten(one_by_one, expected, 1);
  DeviceSteps together(*model_, source, options_), in_parts(*model_, source, options_);
  ASSERT_GE(together.at_once(), 10);
  const auto losses = ten(together, found, 10), losses_apart = ten(in_parts, apart, 4);
  ASSERT_EQ(losses.size(), 10U);
  for (std::size_t i = 0; i < 10; ++i) EXPECT_NEAR(losses[i], expected_losses[i], 1e-5 * expected_losses[i]);
  EXPECT_EQ(losses, losses_apart);
  EXPECT_EQ(found.step, 10);
  EXPECT_TRUE(found.parameters.equal(apart.parameters));
  // Float32; Adam's division makes much of a gradient's last bits where the gradient is nearly 0.
  EXPECT_TRUE(found.parameters.allclose(expected.parameters, 1e-4, 1e-5));
  EXPECT_TRUE(found.averaged.allclose(expected.averaged, 1e-4, 1e-5));
  EXPECT_FALSE(found.parameters.allclose(start().parameters, 1e-4, 1e-5));
}

TEST(Warnings, GoToTheLastSinkThatIsThereAndElseToStandardError) {
  std::string outer, inner;
  testing::internal::CaptureStderr();
  {
    const WarningsTo first([&](const std::string& event, const std::string&) { outer += event; });
    {
      const WarningsTo second([&](const std::string&, const std::string& message) { inner += message; });
      warn("a", "of a");
    }
    warn("b", "of b");
  }
  warn("c", "of c");
  EXPECT_EQ(outer, "b");
  EXPECT_EQ(inner, "of a");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "warning: of c\n");
}

}  // namespace
