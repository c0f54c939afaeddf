#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "solver/matrix.h"

namespace scorefem::dataset {

enum class Split { train, test };
/// "train", "test": the groups of the file.
std::string split_name(Split split);

/// Rows [begin, end).
struct RowRange {
  Eigen::Index begin = 0;
  Eigen::Index end = 0;

  Eigen::Index size() const { return end - begin; }
  bool empty() const { return end <= begin; }
  /// The first `n` rows, or all if there are fewer.
  RowRange first(Eigen::Index n) const { return {begin, std::min(end, begin + n)}; }
};

/// Samples of train and test. Together they are one sequence, training samples first, which shards divide.
struct SplitSizes {
  std::array<Eigen::Index, 2> rows{};

  Eigen::Index operator[](Split split) const { return rows[static_cast<std::size_t>(split)]; }
  Eigen::Index total() const { return rows[0] + rows[1]; }
  /// What a range of the sequence holds of one split, counted from that split's first row.
  RowRange within(Split split, RowRange sequence) const;
};

/// Number of a row in the random number sequences of a study. Test samples have numbers of their own, so that
/// the test set stays when the training set grows.
std::uint64_t sample_index(Split split, Eigen::Index row);
/// Standard normal numbers of rows [first, first + n) of a split, [n, columns].
solver::Matrix draw_noise(std::uint64_t seed, Split split, Eigen::Index first, Eigen::Index n,
                          Eigen::Index columns);

}  // namespace scorefem::dataset
