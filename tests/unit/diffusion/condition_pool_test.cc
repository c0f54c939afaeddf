#include "diffusion/model/condition_pool.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

using namespace scorefem::diffusion;  // NOLINT: a test of this namespace alone

namespace {

ModelSetup setup(std::int64_t n_inferred) {
  ModelSetup result;
  result.model.network = Network::gaussian_residual;
  result.model.masked = result.model.positive = true;
  result.noise = {0.1, 0.1};
  result.n_inferred = n_inferred;
  result.n_measured = 30;
  return result;
}

TEST(ConditionPool, IsWhatItWasWhereItWasLarge) {
  EXPECT_EQ(condition_pool_size(setup(30)), 4096);
  ModelSetup quadratic = setup(30);
  quadratic.model.centre = Centre::quadratic;
  EXPECT_EQ(condition_pool_size(quadratic), 1065);
  ModelSetup levels = setup(30);
  levels.model.masked = false;
  levels.noise = {0.1, 1.0};
  EXPECT_EQ(condition_pool_size(levels), 512);
}

TEST(ConditionPool, StaysLargeEnoughToLearnFrom) {
  EXPECT_EQ(condition_pool_size(setup(200)), 364);
  EXPECT_EQ(condition_pool_size(setup(600)), 256);
  EXPECT_GE(condition_pool_size(setup(1000)), 128);
  EXPECT_GE(condition_pool_size(setup(2000)), 32);
  EXPECT_LE(condition_pool_size(setup(2000)) * bytes_of_condition(setup(2000)), std::int64_t{1} << 31);
}

TEST(ConditionPool, SaysWhatItNeedsWhereItCannot) {
  try {
    condition_pool_size(setup(5000));
    FAIL() << "accepted";
  } catch (const std::invalid_argument& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("at least 16 conditions"), std::string::npos) << message;
    EXPECT_NE(message.find("5000 unknowns 383 MiB each"), std::string::npos) << message;
    EXPECT_NE(message.find("2048 MiB in all"), std::string::npos) << message;
  }
  ModelSetup single = setup(5000);
  single.model.masked = false;
  EXPECT_EQ(condition_pool_size(single), 1);
}

}  // namespace
