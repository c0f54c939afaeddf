#include "diffusion/model/pairs.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "gaussian_pairs.h"

using namespace scorefem::diffusion;  // NOLINT: a test of this namespace alone
using scorefem::diffusion::test::GaussianPairs;

namespace {

TEST(PairsFingerprint, ChangesWithEveryNumber) {
  const Pairs pairs = GaussianPairs().draw(11);
  const std::string fingerprint = pairs.fingerprint();
  EXPECT_EQ(GaussianPairs().draw(11).fingerprint(), fingerprint);
  for (torch::Tensor Pairs::*member : {&Pairs::inferred, &Pairs::measured, &Pairs::noise, &Pairs::mask}) {
    for (const std::int64_t row : {0, 10}) {
      Pairs other = pairs;
      other.*member = (pairs.*member).clone();
      (other.*member)[row][1] += 1e-9;
      EXPECT_NE(other.fingerprint(), fingerprint);
    }
  }
}

TEST(PairRowsTest, BlocksCoverAllRows) {
  const Pairs pairs = GaussianPairs().draw(7);
  const PairRows rows(pairs, torch::tensor({6, 2, 3, 0, 5}, torch::kInt64));
  std::vector<torch::Tensor> parts;
  for_each_block(rows.size(), std::int64_t{1} << 21, [&](std::int64_t begin, std::int64_t n) {
    EXPECT_LE(n, 2);
    parts.push_back(rows.part(pairs.measured, begin, n));
  });
  EXPECT_EQ(parts.size(), 3U);
  EXPECT_TRUE(torch::cat(parts).equal(rows.part(pairs.measured, 0, rows.size())));
  EXPECT_TRUE(rows.part(pairs.measured, 0, rows.size())[1].equal(pairs.measured[2]));
}

}  // namespace
