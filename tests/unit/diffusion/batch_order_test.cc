#include "diffusion/training/batch_order.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "diffusion/model/trainable_model.h"
#include "diffusion/numerics/random_tensor.h"
#include "diffusion/training/checkpoint.h"
#include "diffusion/training/training.h"
#include "gaussian_pairs.h"
#include "tests/unit/temporary_folder.h"

using namespace scorefem::diffusion;  // NOLINT: a test of this namespace alone

namespace {

torch::Tensor epoch_of(BatchOrder& order, std::int64_t epoch, std::int64_t n, std::int64_t batch) {
  std::vector<torch::Tensor> parts;
  for (std::int64_t at = 0; at < n; at += batch)
    parts.push_back(order.rows(epoch, at, std::min(batch, n - at)));
  return torch::cat(parts);
}

TEST(BatchOrderTest, EveryRowComesOnceWhateverTheBatches) {
  constexpr std::int64_t kRows = 10007;
  for (const std::int64_t window : {0L, 1L, 50L, 640L, 1000L, 9999L, 20000L}) {
    BatchOrder order(3, kRows, window), again(3, kRows, window);
    const torch::Tensor first = epoch_of(order, 0, kRows, 100), second = epoch_of(order, 1, kRows, 100);
    EXPECT_TRUE(std::get<0>(first.sort()).equal(torch::arange(kRows, torch::kInt64))) << window;
    EXPECT_FALSE(first.equal(second));
    EXPECT_TRUE(epoch_of(again, 1, kRows, 37).equal(second));  // as a run that goes on in the middle
    EXPECT_TRUE(again.rows(0, 9000, 300).equal(first.narrow(0, 9000, 300)));
  }
}

TEST(BatchOrderTest, WithoutWindowsItIsOnePermutationOfAll) {
  BatchOrder order(5, 1000, 1000);
  EXPECT_TRUE(order.rows(7, 0, 1000).equal(permutation({5, Stream::batch_order}, 7, 1000)));
}

TEST(BatchOrderTest, AWindowNeedsFewBlocksFromEverywhere) {
  constexpr std::int64_t kRows = 100000, kWindow = 6400;
  std::vector<std::pair<std::int64_t, std::int64_t>> announced;
  BatchOrder order(1, kRows, kWindow,
                   [&](std::int64_t begin, std::int64_t n) { announced.emplace_back(begin, n); });
  ASSERT_EQ(order.block_rows(), 100);
  const torch::Tensor window = order.rows(0, 0, kWindow);
  const auto blocks = torch::floor_divide(window, order.block_rows());
  EXPECT_EQ(std::get<0>(torch::_unique2(blocks)).size(0), 64);
  // Uniform over all rows: the mean of 64 blocks is within 4 standard errors.
  EXPECT_NEAR(window.to(torch::kFloat64).mean().item<double>(), kRows / 2.0,
              4 * kRows / std::sqrt(12.0 * 64));
  // Within the window rows are shuffled: neighbours are mostly of different blocks.
  const auto changes = blocks.narrow(0, 1, kWindow - 1).ne(blocks.narrow(0, 0, kWindow - 1));
  EXPECT_GT(changes.to(torch::kFloat64).mean().item<double>(), 0.95);
  // What was announced is this window and the next one.
  ASSERT_EQ(announced.size(), 128U);
  std::set<std::int64_t> begins;
  for (int i = 0; i < 64; ++i) begins.insert(announced[static_cast<std::size_t>(i)].first / 100);
  for (const std::int64_t block : begins) EXPECT_TRUE(blocks.eq(block).any().item<bool>());
}

class TrainingInWindows : public scorefem::test::TemporaryFolder {
 protected:
  void SetUp() override {
    model_.width = 32;
    model_.hidden_layers = 2;
    options_.epochs = 4;
    options_.batch_size = 100;
    options_.validation_interval = 2;
    options_.noise = {0.3, 0.3};
    options_.threads = 2;
    options_.window = 250;
  }
  TrainingResult run(const std::string& name, std::int64_t stop_after = -1) const {
    TrainingCallbacks callbacks;
    const auto last = std::make_shared<std::int64_t>(0);
    callbacks.progress = [last](const TrainingProgress& progress) { *last = progress.step; };
    callbacks.stop = [last, stop_after] { return *last == stop_after; };
    return train(pairs_, {}, model_, options_, path(name), {}, callbacks);
  }
  static bool same_weights(const TrainingResult& a, const TrainingResult& b) {
    const auto weights = [](const TrainingResult& result) {
      return std::dynamic_pointer_cast<const TrainableModel>(result.model)->parameters();
    };
    return weights(a).equal(weights(b));
  }

  Pairs pairs_ = scorefem::diffusion::test::GaussianPairs().draw(1000);
  ModelOptions model_;
  TrainingOptions options_;
};

TEST_F(TrainingInWindows, OneNumberForAllPairsIsWhatCopiesOfItAre) {
  options_.fresh_noise = false;
  pairs_.noise = torch::full({1, 1}, 0.5, torch::kFloat64).expand(pairs_.measured.sizes());
  pairs_.mask = torch::ones({1, 1}, torch::kFloat64).expand(pairs_.measured.sizes());
  const TrainingResult numbers = run("numbers.pt");
  pairs_.noise = pairs_.noise.contiguous();
  pairs_.mask = pairs_.mask.contiguous();
  const TrainingResult copies = run("copies.pt");
  EXPECT_TRUE(same_weights(numbers, copies));
  EXPECT_EQ(numbers.history.back().validation_loss, copies.history.back().validation_loss);
}

TEST_F(TrainingInWindows, GoesOnExactlyAndTellsWhatItUses) {
  const TrainingResult whole = run("whole.pt");
  const TrainingResult part = run("parts.pt", 13);
  EXPECT_FALSE(part.finished);
  EXPECT_TRUE(same_weights(run("parts.pt"), whole));
  auto used = std::make_shared<std::set<std::int64_t>>();
  pairs_.uses = [used](std::int64_t begin, std::int64_t end) {
    ASSERT_LE(0, begin);
    ASSERT_LE(end, 1000);
    for (std::int64_t row = begin; row < end; ++row) used->insert(row);
  };
  EXPECT_TRUE(same_weights(run("told.pt"), whole));
  EXPECT_EQ(used->size(), 1000U);
  options_.window = 0;
  EXPECT_THROW(run("parts.pt"), CheckpointError);
}

TEST_F(TrainingInWindows, LearnsWhatATrainingInMemoryLearns) {
  options_.epochs = 30;
  const double windows = run("windows.pt").history.back().validation_loss;
  options_.window = 0;
  const TrainingResult memory = run("memory.pt");
  // The validation pairs and their random numbers are the same: what differs is the order of the batches.
  EXPECT_NEAR(windows, memory.history.back().validation_loss, 0.1 * memory.history.front().validation_loss);
  options_.window = 1000000;  // all rows at once: nothing differs
  EXPECT_TRUE(same_weights(run("one_window.pt"), memory));
}

}  // namespace
