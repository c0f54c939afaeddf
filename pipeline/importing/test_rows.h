#pragma once

#include <cstdint>
#include <optional>
#include <unordered_set>

namespace scorefem::importing {

/// Which of n rows become the test part, where no files are given for it: each row as likely as any other.
/// @param share of the rows; none: a tenth, at most 1,000
/// @return rows, counted from 0; in memory that grows with their number alone
std::unordered_set<std::int64_t> draw_test_rows(std::int64_t n, std::optional<double> share,
                                                std::uint64_t seed);

}  // namespace scorefem::importing
