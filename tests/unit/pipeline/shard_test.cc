// Parts of a data set: which rows they hold, and whether they make a whole.
#include "pipeline/dataset/shard.h"

#include <gtest/gtest.h>

#include "pipeline/base/errors.h"
#include "pipeline/dataset/joined_dataset.h"

namespace scorefem {
namespace {

TEST(SplitSizesTest, RangesOfTheSequence) {
  const dataset::SplitSizes sizes{{{10, 4}}};
  EXPECT_EQ(sizes.total(), 14);
  const auto within = [&](dataset::Split split, Eigen::Index begin, Eigen::Index end) {
    const dataset::RowRange part = sizes.within(split, {begin, end});
    return std::pair(part.begin, part.end);
  };
  EXPECT_EQ(within(dataset::Split::train, 8, 12), std::pair(Eigen::Index{8}, Eigen::Index{10}));
  EXPECT_EQ(within(dataset::Split::test, 8, 12), std::pair(Eigen::Index{0}, Eigen::Index{2}));
  EXPECT_TRUE(sizes.within(dataset::Split::train, {11, 14}).empty());
  EXPECT_TRUE(sizes.within(dataset::Split::test, {0, 10}).empty());
  EXPECT_EQ(within(dataset::Split::test, 11, 14), std::pair(Eigen::Index{1}, Eigen::Index{4}));
}

TEST(ShardTest, PartsCoverTheSequenceOnceAndAreEqualInSize) {
  for (const Eigen::Index n : {1, 7, 100, 40000}) {
    for (const int count : {1, 2, 3, 7}) {
      Eigen::Index next = 0;
      for (int index = 1; index <= count; ++index) {
        const dataset::RowRange rows = dataset::Shard{index, count}.rows(n);
        EXPECT_EQ(rows.begin, next);
        EXPECT_LE(std::abs(static_cast<double>(rows.size()) - static_cast<double>(n) / count), 1);
        next = rows.end;
      }
      EXPECT_EQ(next, n);
    }
  }
}

TEST(ShardTest, Names) {
  const dataset::Shard shard = dataset::parse_shard("3/10");
  EXPECT_EQ(shard.index, 3);
  EXPECT_EQ(shard.count, 10);
  EXPECT_EQ(shard.text(), "3/10");
  EXPECT_EQ(shard.file_name(), "shard-3-of-10.h5");
  EXPECT_EQ(shard.partial_file_name(), "shard-3-of-10.partial.h5");
}

dataset::ShardInfo info_of(dataset::Shard shard, const std::string& inputs = "same") {
  dataset::ShardInfo info;
  info.path = shard.file_name();
  info.shard = shard;
  info.rows = shard.rows(100);
  info.origin.inputs = inputs;
  return info;
}

std::string merge_error(const std::vector<dataset::ShardInfo>& shards) {
  try {
    dataset::require_complete(shards, 100, study::Origin{"same", 1, {}}, "shards");
    return "";
  } catch (const base::InputError& error) {
    return error.what();
  }
}

TEST(RequireCompleteTest, SortsWholeSets) {
  const auto shards = dataset::require_complete({info_of({2, 3}), info_of({3, 3}), info_of({1, 3})}, 100,
                                                study::Origin{"same", 1, {}}, "shards");
  ASSERT_EQ(shards.size(), 3U);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(shards[static_cast<std::size_t>(i)].shard.index, i + 1);
  // Different numbers of parts are no mistake if they fit.
  EXPECT_EQ(merge_error({info_of({1, 2}), info_of({3, 4}), info_of({4, 4})}), "");
}

TEST(RequireCompleteTest, NamesWhatIsWrong) {
  EXPECT_EQ(merge_error({info_of({1, 4}), info_of({4, 4})}),
            "shards: missing shards: 2/4, 3/4 (rows 25 to 74)");
  EXPECT_EQ(merge_error({info_of({2, 4}), info_of({3, 4})}),
            "shards: missing shards: 1/4 (rows 0 to 24); 4/4 (rows 75 to 99)");
  EXPECT_EQ(
      merge_error({info_of({1, 2}), info_of({2, 4}), info_of({2, 2})}),
      "overlapping shards: shard-1-of-2.h5 (rows 0 to 49) and shard-2-of-4.h5 (rows 25 to 49); remove one");
  EXPECT_EQ(merge_error({info_of({1, 2}), info_of({2, 2}, "seed: 2")}),
            "shard-2-of-2.h5: made from another configuration or program: the configuration changed: seed: 2 "
            "-> same; "
            "generate this shard again or "
            "remove it");
  dataset::ShardInfo beyond = info_of({2, 2});
  beyond.rows.end = 120;
  EXPECT_EQ(merge_error({info_of({1, 2}), beyond}),
            "shard-2-of-2.h5: holds rows 50 to 119, but the data set has only 100");
}

}  // namespace
}  // namespace scorefem
