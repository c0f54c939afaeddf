#include "pipeline/dataset/content.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>
#include <tuple>

namespace scorefem::dataset {
namespace {

/// The finaliser of splitmix64 (Steele, Lea and Flood, 2014).
std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

std::uint64_t hash(std::uint64_t state, const double* values, Eigen::Index n) {
  for (Eigen::Index i = 0; i < n; ++i) {
    std::uint64_t word = 0;
    std::memcpy(&word, values + i, sizeof word);
    state = (state ^ word) * 0x9e3779b97f4a7c15U;
    state ^= state >> 29;
  }
  return state;
}

}  // namespace

void ContentHash::add(Split split, Eigen::Index first, const SampleBlock& block) {
  for (Eigen::Index i = 0; i < block.unknowns.rows(); ++i) {
    std::uint64_t state =
        mixed(static_cast<std::uint64_t>(first + i) * 2 + (split == Split::test ? 1 : 0) + 1);
    for (const solver::Matrix* values : {&block.unknowns, &block.observations, &block.noise, &block.mask})
      state = hash(state, values->data() + i * values->cols(), values->cols());
    low_ += mixed(state);
    high_ += mixed(state + 0x9e3779b97f4a7c15U);
    ++rows_;
  }
}

void ContentHash::add(const ContentHash& other) {
  rows_ += other.rows_;
  low_ += other.low_;
  high_ += other.high_;
}

std::string ContentHash::text() const {
  char text[80];
  std::snprintf(text, sizeof text, "%llu rows, %016llx%016llx", static_cast<unsigned long long>(rows_),
                static_cast<unsigned long long>(high_), static_cast<unsigned long long>(low_));
  return text;
}

std::string content_fingerprint(const Dataset& dataset, Split split) {
  constexpr Eigen::Index kRows = 4096;
  // Stages ask again for what the stage before has read. A file that is written anew is another one by its
  // time.
  using Key = std::tuple<std::string, std::int64_t, Split>;
  static std::map<Key, std::string> known;
  const std::filesystem::file_time_type changed = std::filesystem::last_write_time(dataset.path());
  std::string& text = known[{std::filesystem::absolute(dataset.path()).string(),
                             static_cast<std::int64_t>(changed.time_since_epoch().count()), split}];
  if (!text.empty()) return text;
  ContentHash hash;
  const Eigen::Index n = dataset.shape().rows[split];
  for (Eigen::Index first = 0; first < n; first += kRows)
    hash.add(split, first, dataset.read(split, first, std::min(kRows, n - first)));
  return text = hash.text();
}

}  // namespace scorefem::dataset
