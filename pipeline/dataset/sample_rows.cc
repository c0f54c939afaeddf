#include "pipeline/dataset/sample_rows.h"

namespace scorefem::dataset {

std::string split_name(Split split) {
  return split == Split::train ? "train" : "test";
}

RowRange SplitSizes::within(Split split, RowRange sequence) const {
  const Eigen::Index offset = split == Split::train ? 0 : rows[0];
  const Eigen::Index n = (*this)[split];
  const RowRange part{std::clamp<Eigen::Index>(sequence.begin - offset, 0, n),
                      std::clamp<Eigen::Index>(sequence.end - offset, 0, n)};
  return part;
}

}  // namespace scorefem::dataset
