#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "diffusion/model/pairs.h"
#include "pipeline/dataset/mapped_rows.h"

namespace scorefem::dataset {

/// Where training pairs are gathered: in memory, or in files that are mapped (MappedRows). An array that
/// holds one number alone, as the masks of a study without, or the noise of simulators with randomness of
/// their own, takes no room.
class PairStore {
 public:
  /// @param rows at most so many will be added
  /// @param folder of the files; empty: in memory
  PairStore(std::int64_t rows, std::string folder);

  void add(const diffusion::Pairs& part);
  /// All pairs so far, with `uses` set if they are in files. Nothing may be added any more.
  diffusion::Pairs finish();

 private:
  /// One of the four arrays.
  struct Array {
    torch::Tensor values;  // undefined while all numbers are `number`
    double number = 0;
    std::int64_t columns = 0;
  };
  void add(Array& array, const torch::Tensor& part);
  torch::Tensor room(std::int64_t columns);

  std::int64_t rows_;
  std::string folder_;
  std::int64_t n_ = 0;
  Array arrays_[4];
  std::shared_ptr<std::vector<MappedRows>> maps_ = std::make_shared<std::vector<MappedRows>>();
};

}  // namespace scorefem::dataset
