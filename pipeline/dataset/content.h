#pragma once

#include <cstdint>
#include <string>

#include "pipeline/dataset/dataset.h"

namespace scorefem::dataset {

/// Hash of samples, each with its place in its split: the sum over all rows, so that it does not depend on
/// how they are divided into shards and blocks.
class ContentHash {
 public:
  /// @param first the first row's place in its split
  void add(Split split, Eigen::Index first, const SampleBlock& block);
  void add(const ContentHash& other);
  /// "4000 rows, 0123456789abcdef0123456789abcdef"
  std::string text() const;

 private:
  std::uint64_t rows_ = 0;
  std::uint64_t low_ = 0;
  std::uint64_t high_ = 0;
};

/// Fingerprint of a split as it is on disk now, whatever file each row is stored in; read once by a process.
/// @throws InputError as Dataset::read().
std::string content_fingerprint(const Dataset& dataset, Split split);

}  // namespace scorefem::dataset
