#include "diffusion/comparison/classifier_two_sample_test.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>
#include <stdexcept>

#include "diffusion/numerics/random_tensor.h"

using namespace scorefem::diffusion;  // NOLINT: a test of this namespace alone

namespace {

torch::Tensor normals(std::uint32_t substream, std::int64_t rows, std::int64_t columns) {
  return normal_tensor(CounterRandom(1, Stream::user, substream), 0, rows, columns, torch::kFloat64);
}

TEST(ClassifierTwoSampleTest, CannotTellEqualDistributionsApart) {
  const TwoSampleResult result =
      classifier_two_sample_test(normals(0, 1000, 5), normals(1, 1000, 5), torch::arange(1000));
  EXPECT_NEAR(result.accuracy, 0.5, 4 * result.standard_error);
  EXPECT_NEAR(result.standard_error, 0.5 / std::sqrt(2000.0), 0.002);
}

TEST(ClassifierTwoSampleTest, ReachesTheBayesAccuracyOfShiftedGaussians) {
  torch::Tensor second = normals(1, 1000, 3);
  second.select(1, 0).add_(2.0);
  const TwoSampleResult result = classifier_two_sample_test(normals(0, 1000, 3), second, torch::arange(1000));
  const double bayes = 0.5 * std::erfc(-1 / std::sqrt(2.0));  // half the shift in standard deviations
  EXPECT_NEAR(result.accuracy, bayes, 4 * result.standard_error + 0.01);  // and what learning loses
}

TEST(ClassifierTwoSampleTest, RowsOfOneGroupTellNothingAboutEachOther) {
  // Four copies of each row in either set: a network that sees one of them in training knows the others,
  // unless the group is held out as a whole.
  const torch::Tensor first = normals(0, 200, 20).repeat_interleave(4, 0);
  const torch::Tensor second = normals(1, 200, 20).repeat_interleave(4, 0);
  const torch::Tensor group = torch::arange(200).repeat_interleave(4, 0);
  const TwoSampleResult grouped = classifier_two_sample_test(first, second, group);
  EXPECT_NEAR(grouped.accuracy, 0.5, 4 * grouped.standard_error);
  EXPECT_GT(classifier_two_sample_test(first, second, torch::arange(800)).accuracy, 0.6);
}

TEST(ClassifierTwoSampleTest, AClassifierThatDivergesTellsNothing) {
  torch::Tensor second = normals(1, 100, 3);
  second.select(1, 0).add_(4.0);
  TwoSampleOptions options;
  options.learning_rate = 1e30;
  const TwoSampleResult result =
      classifier_two_sample_test(normals(0, 100, 3), second, torch::arange(100), options);
  EXPECT_TRUE(std::isnan(result.accuracy));
  EXPECT_TRUE(std::isnan(result.standard_error));
}

TEST(ClassifierTwoSampleTest, DoesNotDependOnTheUnits) {
  torch::Tensor first = normals(0, 500, 3), second = normals(1, 500, 3);
  second.select(1, 0).add_(1.0);
  first.select(1, 2).fill_(0.1);  // of one value: no information
  second.select(1, 2).fill_(0.1);
  const double expected = classifier_two_sample_test(first, second, torch::arange(500)).accuracy;
  EXPECT_GT(expected, 0.6);
  for (const double unit : {std::ldexp(1.0, -200), std::ldexp(1.0, 200)})
    EXPECT_EQ(classifier_two_sample_test(unit * first, unit * second, torch::arange(500)).accuracy, expected)
        << unit;
}

TEST(ClassifierTwoSampleTest, RefusesWhatItCannotTest) {
  const torch::Tensor rows = normals(0, 20, 2);
  for (const double value : {std::nan(""), HUGE_VAL}) {
    torch::Tensor broken = rows.clone();
    broken[3][1] = value;
    EXPECT_THROW(classifier_two_sample_test(rows, broken, torch::arange(20)), std::invalid_argument);
  }
  EXPECT_THROW(classifier_two_sample_test(rows, normals(1, 19, 2), torch::arange(20)), std::invalid_argument);
  EXPECT_THROW(classifier_two_sample_test(rows, rows, torch::zeros({20}, torch::kInt64)),
               std::invalid_argument);
  TwoSampleOptions options;
  options.folds = 1;
  EXPECT_THROW(classifier_two_sample_test(rows, rows, torch::arange(20), options), std::invalid_argument);
}

}  // namespace
