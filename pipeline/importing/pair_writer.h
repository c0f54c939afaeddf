#pragma once

#include <functional>
#include <string>
#include <vector>

#include "pipeline/base/hdf5_file.h"
#include "pipeline/dataset/dataset_arrays.h"
#include "pipeline/importing/pair_stream.h"
#include "pipeline/importing/pair_survey.h"
#include "pipeline/importing/row_checks.h"

namespace scorefem::importing {

/// Writes the samples of a data set in the order in which they come.
class PairWriter {
 public:
  /// Creates the arrays.
  /// @param fill [n_observations] written where an observation is missing
  PairWriter(base::Hdf5File& file, const dataset::DatasetShape& shape, solver::Vector fill);

  void append(dataset::Split split, const solver::Matrix& unknowns,
              const problem::Measurements& observations);
  /// All rows of files that can be used.
  /// @param split_of the k-th of them, counted from 0
  void copy(PairStream& reader, const RowChecks& checks,
            const std::function<dataset::Split(std::int64_t)>& split_of,
            const std::function<void(double)>& progress);
  /// What was written of the training part; no places.
  const PairSurvey& training() const { return training_; }

 private:
  base::Hdf5File& file_;
  dataset::DatasetShape shape_;
  solver::Vector fill_;
  dataset::SplitSizes written_;
  PairSurvey training_;
};

/// What two passes over written samples tell.
struct WrittenPairs {
  std::string contents;         //!< fingerprint of all samples
  std::int64_t duplicates = 0;  //!< rows of the test part that stand in the training part as well
  std::int64_t first_train = -1, first_test = -1;  //!< rows of the first of them
};
/// Memory grows with the test part.
WrittenPairs inspect(const base::Hdf5File& file);

}  // namespace scorefem::importing
