#include "diffusion/training/training.h"

#include <gtest/gtest.h>
#include <torch/cuda.h>
#include <torch/types.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

#include "diffusion/numerics/process.h"
#include "diffusion/sampling/posterior_sampler.h"
#include "diffusion/training/checkpoint.h"
#include "diffusion/training/checkpoint_file.h"
#include "gaussian_pairs.h"
#include "tests/unit/temporary_folder.h"

using namespace scorefem::diffusion;  // NOLINT: a test of this namespace alone
using scorefem::diffusion::test::GaussianPairs;

namespace {

class Training : public scorefem::test::TemporaryFolder {
 protected:
  void SetUp() override {
    model_.width = 32;
    model_.hidden_layers = 2;
    options_.epochs = 6;
    options_.batch_size = 100;
    options_.validation_interval = 2;
    options_.noise = {0.3, 0.3};
    options_.threads = 2;
  }

  TrainingResult run(const std::string& name, const TrainingCallbacks& callbacks = {}) const {
    return train(pairs_, process_, model_, options_, path(name), {{"study", "test"}}, callbacks);
  }
  /// Stops the run after `step` steps, as a signal would.
  static TrainingCallbacks stop_after(std::int64_t step) {
    TrainingCallbacks callbacks;
    auto last = std::make_shared<std::int64_t>(0);
    callbacks.progress = [last](const TrainingProgress& progress) { *last = progress.step; };
    callbacks.stop = [last, step] { return *last >= step; };
    return callbacks;
  }

  Pairs pairs_ = GaussianPairs().draw(1000);
  ProcessOptions process_;
  ModelOptions model_;
  TrainingOptions options_;
};

TEST_F(Training, ResumedRunEndsWithTheSameWeightsBitForBit) {
  options_.ema_decay = 0.99;
  options_.schedule = LearningRateSchedule::cosine;
  options_.fresh_noise = options_.fresh_masks = true;
  options_.gradient_clip = 1.0;
  options_.patience = 100;
  model_.masked = true;
  const TrainingResult whole = run("whole.pt");
  EXPECT_TRUE(whole.finished);
  EXPECT_EQ(whole.steps, 54);  // 950 training pairs: 9 batches in each of 6 epochs
  for (const std::int64_t stop : {5, 23, 45}) {
    const std::string name = "stopped" + std::to_string(stop) + ".pt";
    const TrainingResult first = run(name, stop_after(stop));
    EXPECT_FALSE(first.finished);
    EXPECT_EQ(first.steps, stop);
    const TrainingResult second = run(name);
    EXPECT_TRUE(second.finished);
    const auto a = read_checkpoint(path("whole.pt")).state;
    const auto b = read_checkpoint(path(name)).state;
    EXPECT_TRUE(a.parameters.equal(b.parameters));
    EXPECT_TRUE(a.averaged.equal(b.averaged));
    EXPECT_TRUE(a.best.equal(b.best));
    EXPECT_TRUE(a.adam.second_moment.equal(b.adam.second_moment));
    ASSERT_EQ(whole.history.size(), second.history.size());
    for (std::size_t i = 0; i < whole.history.size(); ++i) {
      EXPECT_EQ(whole.history[i].training_loss, second.history[i].training_loss);
      EXPECT_EQ(whole.history[i].validation_loss, second.history[i].validation_loss);
    }
  }
}

TEST_F(Training, ResidualLayersGoOnBitForBit) {
  model_.network = Network::gaussian_residual;
  model_.layers = Layers::residual;
  options_.ema_decay = 0.99;
  options_.weight_decay = 0.02;
  options_.angles.small = 0.6;
  options_.patience = 100;
  run("whole.pt");
  EXPECT_FALSE(run("stopped.pt", stop_after(23)).finished);
  EXPECT_TRUE(run("stopped.pt").finished);
  const TrainingState a = read_checkpoint(path("whole.pt")).state,
                      b = read_checkpoint(path("stopped.pt")).state;
  EXPECT_TRUE(a.parameters.equal(b.parameters));
  EXPECT_TRUE(a.averaged.equal(b.averaged));
  EXPECT_TRUE(a.best.equal(b.best));
  EXPECT_FALSE(a.parameters.equal(read_checkpoint(path("stopped.pt")).state.averaged));
  options_.angles.small = 0.5;
  EXPECT_THROW(run("stopped.pt"), CheckpointError);
}

TEST_F(Training, WeightDecayShrinksTheWeights) {
  const auto size = [&](const std::string& name) {
    run(name);
    return read_checkpoint(path(name)).state.parameters.norm().item<double>();
  };
  const double free = size("free.pt");
  options_.weight_decay = 1.0;
  // 54 steps at a rate of 1e-3.
  const double decayed = size("decayed.pt");
  EXPECT_LT(decayed, 0.97 * free);
  EXPECT_GT(decayed, 0.90 * free);
}

TEST_F(Training, GoesOnWhereTheDataRoundOtherwise) {
  // As on another number of threads, with another BLAS or on another processor: what the model computed from
  // the data then is not, bit for bit, what it would compute now.
  for (const Network network : {Network::mlp, Network::gaussian_residual}) {
    model_.network = network;
    const std::string name = "stopped" + std::to_string(static_cast<int>(network)) + ".pt";
    options_.threads = 2;
    EXPECT_FALSE(run(name, stop_after(5)).finished);
    CheckpointContent content = read_checkpoint(path(name));
    for (auto& [key, buffer] : content.buffers) buffer = buffer * (1.0 + 1e-15);
    write_checkpoint(path(name), content);
    options_.threads = 1;
    EXPECT_TRUE(run(name).finished);
    // It went on with what it had.
    const NamedTensors kept = read_checkpoint(path(name)).buffers;
    ASSERT_EQ(kept.size(), content.buffers.size());
    for (std::size_t i = 0; i < kept.size(); ++i)
      EXPECT_TRUE(kept[i].second.equal(content.buffers[i].second)) << kept[i].first;
  }
}

TEST_F(Training, KnowsItsDataByTheirIdentity) {
  pairs_.identity = "study A";
  run("model.pt", stop_after(3));
  pairs_.inferred = pairs_.inferred * (1.0 + 1e-12);  // drawn on another processor
  EXPECT_FALSE(run("model.pt", stop_after(5)).finished);
  pairs_.identity = "study B";
  EXPECT_THROW(run("model.pt"), CheckpointError);
  pairs_.identity.clear();
  EXPECT_THROW(run("model.pt"), CheckpointError);
}

TEST_F(Training, FinishedRunReturnsAtOnce) {
  run("model.pt");
  int steps = 0;
  TrainingCallbacks callbacks;
  callbacks.progress = [&steps](const TrainingProgress&) { ++steps; };
  const TrainingResult again = run("model.pt", callbacks);
  EXPECT_EQ(steps, 0);
  EXPECT_TRUE(again.finished);
  EXPECT_EQ(again.history.size(), 3U);
}

TEST_F(Training, SeedDecidesTheResult) {
  const auto weights = [this](const std::string& name) {
    run(name);
    return read_checkpoint(path(name)).state.parameters;
  };
  const torch::Tensor first = weights("a.pt");
  EXPECT_TRUE(weights("b.pt").equal(first));
  options_.seed = 2;
  EXPECT_FALSE(weights("c.pt").equal(first));
}

TEST_F(Training, HistoryAndProgressAreReported) {
  std::int64_t last = 0;
  TrainingCallbacks callbacks;
  callbacks.progress = [&last](const TrainingProgress& progress) {
    EXPECT_EQ(progress.step, last + 1);
    EXPECT_EQ(progress.total_steps, 54);
    EXPECT_TRUE(std::isfinite(progress.loss));
    last = progress.step;
  };
  const TrainingResult result = run("model.pt", callbacks);
  EXPECT_EQ(last, 54);
  ASSERT_EQ(result.history.size(), 3U);
  EXPECT_EQ(result.history[2].epoch, 6);
  EXPECT_LT(result.history[2].training_loss, result.history[0].training_loss);
  EXPECT_TRUE(std::isfinite(result.history[2].validation_loss));
}

TEST_F(Training, CosineScheduleEndsAtZero) {
  options_.schedule = LearningRateSchedule::cosine;
  const TrainingResult result = run("model.pt");
  EXPECT_NEAR(result.history[0].learning_rate, 1e-3 * 0.75,
              1e-12);  // a third of the way: (1 + cos(pi/3)) / 2
  EXPECT_NEAR(result.history[2].learning_rate, 0.0, 1e-12);
}

TEST_F(Training, EarlyStoppingKeepsTheBestWeights) {
  options_.epochs = 2000;
  options_.validation_interval = 1;
  options_.patience = 3;
  options_.learning_rate = 0.02;
  const TrainingResult result = run("model.pt");
  EXPECT_TRUE(result.finished);
  EXPECT_LT(result.steps, 18000);
  const auto state = read_checkpoint(path()).state;
  EXPECT_TRUE(state.sampling_parameters().equal(state.best));
  EXPECT_FALSE(state.best.equal(state.parameters));
  double lowest = 1e300;
  for (const HistoryEntry& entry : result.history) lowest = std::min(lowest, entry.validation_loss);
  EXPECT_EQ(state.best_validation_loss, lowest);
}

TEST_F(Training, LossThatIsNotANumberStopsAndKeepsTheLastGoodCheckpoint) {
  const auto bytes = [this] {
    std::ifstream file(path(), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  options_.learning_rate = 1e30;
  std::string good;
  TrainingCallbacks callbacks;
  callbacks.progress = [&](const TrainingProgress&) { good = bytes(); };
  try {
    run("model.pt", callbacks);
    FAIL() << "diverged training was accepted";
  } catch (const TrainingError& error) {
    EXPECT_NE(std::string(error.what()).find(" at step 2 of 54;"), std::string::npos) << error.what();
  }
  EXPECT_FALSE(good.empty());
  EXPECT_EQ(bytes(), good);
  const auto state = read_checkpoint(path()).state;
  EXPECT_EQ(state.step, 0);
  EXPECT_TRUE(torch::isfinite(state.parameters).all().item<bool>());
}

TEST_F(Training, RefusesACheckpointOfAnotherRun) {
  run("model.pt", stop_after(3));
  const auto message = [this]() -> std::string {
    try {
      run("model.pt");
    } catch (const CheckpointError& error) {
      return error.what();
    }
    return "accepted";
  };
  options_.learning_rate = 2e-3;
  EXPECT_NE(message().find("learning_rate was 0.001, now 0.002"), std::string::npos) << message();
  options_.learning_rate = 1e-3;
  model_.width = 33;
  EXPECT_NE(message().find("width was 32, now 33"), std::string::npos) << message();
  model_.width = 32;
  process_.family = ProcessFamily::vp;
  EXPECT_NE(message().find("family was ve_geometric, now vp"), std::string::npos) << message();
  process_.family = ProcessFamily::ve_geometric;
  pairs_ = GaussianPairs().draw(1000, 2);
  EXPECT_NE(message().find("other data"), std::string::npos) << message();
}

TEST_F(Training, RefusesBadOptionsAndData) {
  const auto message = [this]() -> std::string {
    try {
      run("model.pt");
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "accepted";
  };
  options_.batch_size = 960;
  EXPECT_NE(message().find("batch_size = 960"), std::string::npos) << message();
  options_.batch_size = 100;
  options_.learning_rate = 0.0;
  EXPECT_NE(message().find("learning_rate = 0"), std::string::npos) << message();
  options_.learning_rate = 1e-3;
  options_.noise = {0.1, 0.3};
  EXPECT_NE(message().find("gaussian_residual"), std::string::npos) << message();
  options_.noise = {0.3, 0.3};
  if (!torch::cuda::is_available()) {
    options_.device = Device::cuda;
    EXPECT_NE(message().find("device cuda"), std::string::npos) << message();
    options_.device = Device::automatic;
  }
  pairs_.measured[7][1] = std::nan("");
  EXPECT_NE(message().find("first in row 7, column 1"), std::string::npos) << message();
  pairs_ = GaussianPairs().draw(1000);
  pairs_.inferred.select(1, 1).fill_(4.0);
  EXPECT_NE(message().find("inferred is constant in column 1"), std::string::npos) << message();
  pairs_ = GaussianPairs().draw(1000);
  pairs_.measured.select(1, 2).fill_(4.0);
  EXPECT_NE(message().find("measured is constant in column 2"), std::string::npos) << message();
  pairs_.inferred = torch::empty({0, 2});
  EXPECT_NE(message().find("inferred is [0, 2]"), std::string::npos) << message();
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(Training, UnwritableFolderIsASystemError) {
  EXPECT_THROW(run("no/such/folder/model.pt"), std::system_error);
}

}  // namespace
