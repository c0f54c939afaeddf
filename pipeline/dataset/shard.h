#pragma once

#include <string>

#include "pipeline/dataset/sample_rows.h"

namespace scorefem::dataset {

/// One of `count` contiguous parts of a data set's sequence of samples, equal in size to within one.
struct Shard {
  int index = 1;  //!< from 1 to count
  int count = 1;

  RowRange rows(Eigen::Index n_total) const;
  /// "3/10"
  std::string text() const;
  /// "shard-3-of-10.h5"
  std::string file_name() const;
  /// "shard-3-of-10.partial.h5": the file of an interrupted run
  std::string partial_file_name() const;
};

/// Reads "3/10", or "auto": the job's place in its Slurm array, from SLURM_ARRAY_TASK_ID, _MIN, _MAX and
/// _COUNT.
/// @throws InputError saying what was read and what is allowed.
Shard parse_shard(const std::string& text);

}  // namespace scorefem::dataset
