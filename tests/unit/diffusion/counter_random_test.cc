#include "diffusion/numerics/counter_random.h"

#include <Random123/philox.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>
#include <vector>

#include "diffusion/numerics/philox_tensor.h"
#include "diffusion/numerics/random_tensor.h"

using scorefem::diffusion::CounterRandom;
using scorefem::diffusion::Stream;

namespace {

/// The words of a counter as CounterRandom lays it out: {position, index low, index high, stream}.
r123::Philox4x32::ctr_type philox(std::uint32_t c0, std::uint32_t c1, std::uint32_t c2, std::uint32_t c3,
                                  std::uint32_t k0, std::uint32_t k1) {
  return r123::Philox4x32()({{c0, c1, c2, c3}}, {{k0, k1}});
}

TEST(CounterRandom, PhiloxHasItsPublishedAnswers) {
  // Random123's kat_vectors, philox4x32 with 10 rounds.
  const auto zeros = philox(0, 0, 0, 0, 0, 0);
  EXPECT_EQ(zeros[0], 0x6627e8d5U);
  EXPECT_EQ(zeros[1], 0xe169c58dU);
  EXPECT_EQ(zeros[2], 0xbc57ac4cU);
  EXPECT_EQ(zeros[3], 0x9b00dbd8U);
  const auto pi = philox(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0);
  EXPECT_EQ(pi[0], 0xd16cfe09U);
  EXPECT_EQ(pi[1], 0x94fdccebU);
  EXPECT_EQ(pi[2], 0x5001e420U);
  EXPECT_EQ(pi[3], 0x24126ea1U);
}

TEST(CounterRandom, WordsArePhiloxOfSeedStreamAndIndex) {
  const std::uint64_t seed = 0x299f31d0a4093822U, index = 0x13198a2e85a308d3U;
  const CounterRandom random(seed, Stream::initial_state, 5);
  std::vector<std::uint64_t> words(4);
  random.words(index, words.data(), words.size());
  const std::uint32_t stream = static_cast<std::uint32_t>(Stream::initial_state) | 5U << 8;
  for (std::uint32_t block = 0; block < 2; ++block) {
    const auto r = philox(block, 0x85a308d3, 0x13198a2e, stream, 0xa4093822, 0x299f31d0);
    EXPECT_EQ(words[2 * block], r[0] | static_cast<std::uint64_t>(r[1]) << 32);
    EXPECT_EQ(words[2 * block + 1], r[2] | static_cast<std::uint64_t>(r[3]) << 32);
  }
}

TEST(CounterRandom, NumbersBelongToTheirIndexWhateverElseIsDrawn) {
  const CounterRandom random(7, Stream::user);
  const auto whole = scorefem::diffusion::normal_tensor(random, 100, 50, 30, torch::kFloat64);
  const auto part = scorefem::diffusion::normal_tensor(random, 117, 3, 30, torch::kFloat64);
  EXPECT_TRUE(whole.narrow(0, 17, 3).equal(part));
  const auto fewer = scorefem::diffusion::normal_tensor(random, 100, 50, 7, torch::kFloat64);
  EXPECT_TRUE(whole.narrow(1, 0, 7).equal(fewer));
}

TEST(CounterRandom, SeedsStreamsSubstreamsAndIndicesDiffer) {
  const auto first = [](const CounterRandom& random, std::uint64_t index) {
    std::uint64_t word = 0;
    random.words(index, &word, 1);
    return word;
  };
  const std::vector<std::uint64_t> words = {first({1, Stream::user}, 0),
                                            first({2, Stream::user}, 0),
                                            first({1ULL << 32 | 1, Stream::user}, 0),
                                            first({1, Stream{3}}, 0),
                                            first({1, Stream::user, 1}, 0),
                                            first({1, Stream::user}, 1),
                                            first({1, Stream::user}, 1ULL << 32)};
  for (std::size_t i = 0; i < words.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(words[i], words[j]) << i << " and " << j;
}

TEST(CounterRandom, NormalsHaveTheMomentsOfANormal) {
  constexpr std::int64_t kRows = 20000, kColumns = 31;  // odd: the last pair is cut
  const auto x = scorefem::diffusion::normal_tensor({3, Stream::user}, 0, kRows, kColumns, torch::kFloat64);
  const double n = static_cast<double>(kRows * kColumns);
  EXPECT_LT(std::abs(x.mean().item<double>()), 4.0 / std::sqrt(n));
  EXPECT_LT(std::abs(x.square().mean().item<double>() - 1.0), 4.0 * std::sqrt(2.0 / n));
  EXPECT_LT(std::abs(x.pow(3).mean().item<double>()), 4.0 * std::sqrt(15.0 / n));
  EXPECT_LT(std::abs(x.pow(4).mean().item<double>() - 3.0), 4.0 * std::sqrt(96.0 / n));
  // Columns, and rows next to each other, are uncorrelated.
  const auto covariance = x.t().matmul(x) / static_cast<double>(kRows);
  EXPECT_LT((covariance - torch::eye(kColumns, torch::kFloat64)).abs().max().item<double>(),
            5.5 / std::sqrt(static_cast<double>(kRows)));
  const auto lagged = (x.narrow(0, 1, kRows - 1) * x.narrow(0, 0, kRows - 1)).mean().item<double>();
  EXPECT_LT(std::abs(lagged), 4.0 / std::sqrt(n));
}

TEST(CounterRandom, UniformsAreUniformInTheOpenInterval) {
  const auto x = scorefem::diffusion::uniform_tensor({3, Stream::user}, 0, 100000, 3, torch::kFloat64);
  EXPECT_GT(x.min().item<double>(), 0.0);
  EXPECT_LT(x.max().item<double>(), 1.0);
  constexpr std::int64_t kBins = 100;
  const auto counts = torch::histc(x, kBins, 0.0, 1.0);
  const double expected = 300000.0 / kBins;
  const double chi_squared = (counts - expected).square().sum().item<double>() / expected;
  EXPECT_LT(std::abs(chi_squared - (kBins - 1)), 4.0 * std::sqrt(2.0 * (kBins - 1)));
}

TEST(CounterRandom, TensorOperationsMakeTheSameNumbersForAnyIndices) {
  using scorefem::diffusion::normal_tensor;
  using scorefem::diffusion::uniform_tensor;
  const CounterRandom random(0xF123456789ABCDEFU, Stream::initial_state, 7);
  const auto index =
      torch::tensor({0L, 1L, 5L, (3L << 32) + 17, (1L << 62) + 123456789012L, 2L}, torch::kInt64);
  for (const std::int64_t columns : {1, 2, 7}) {
    const auto uniforms = scorefem::diffusion::philox_uniforms(random, index, columns);
    const auto normals = scorefem::diffusion::philox_normals(random, index, columns);
    for (std::int64_t i = 0; i < index.size(0); ++i) {
      const auto one = static_cast<std::uint64_t>(index[i].item<std::int64_t>());
      const auto expected = normal_tensor(random, one, 1, columns, torch::kFloat64)[0];
      EXPECT_TRUE(uniforms[i].equal(uniform_tensor(random, one, 1, columns, torch::kFloat64)[0])) << i;
      // Of a logarithm's, a sine's and a cosine's last bits.
      EXPECT_TRUE(normals[i].allclose(expected, 1e-14, 1e-14)) << i;
      EXPECT_TRUE(normal_tensor(random, index, columns, torch::kFloat64)[i].equal(expected)) << i;
    }
    EXPECT_TRUE(uniform_tensor(random, index, columns, torch::kFloat64).equal(uniforms));
  }
}

TEST(CounterRandom, PermutationsHoldEachNumberOnceAndDifferByIndex) {
  const CounterRandom random(3, Stream::batch_order);
  const auto first = scorefem::diffusion::permutation(random, 0, 1000);
  const auto second = scorefem::diffusion::permutation(random, 1, 1000);
  EXPECT_TRUE(std::get<0>(first.sort()).equal(torch::arange(1000, torch::kInt64)));
  EXPECT_FALSE(first.equal(second));
  EXPECT_TRUE(first.equal(scorefem::diffusion::permutation(random, 0, 1000)));
  // Correlation with the identity vanishes: 1/sqrt(n) is one standard deviation.
  const auto centred = first.to(torch::kFloat64) - 499.5;
  const auto identity = torch::arange(1000, torch::kFloat64) - 499.5;
  const double correlation =
      (centred * identity).sum().item<double>() / identity.square().sum().item<double>();
  EXPECT_LT(std::abs(correlation), 4.0 / std::sqrt(1000.0));
}

}  // namespace
