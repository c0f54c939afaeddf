#pragma once

#include <vector>

#include "pipeline/base/run_log.h"
#include "pipeline/dataset/dataset.h"

namespace scorefem::dataset {

/// Mean square of each training sample's observations about a centre, gathered block by block.
class RowSizes {
 public:
  /// @param observations [n, n_observations], of samples that have a solution
  /// @param rows [n] their places in the split
  void add(const solver::Matrix& observations, const std::vector<Eigen::Index>& rows);

  /// Samples whose observations are more than a thousand times as large, squared, as those of a typical
  /// sample (the median; where most are alike, that of the others), or more than thirty times and a twentieth
  /// of the sum over all: no spread of a prior, but a wrong unit, a wrong digit or a solver that went astray.
  std::vector<Eigen::Index> outliers() const;

 private:
  std::vector<Eigen::Index> rows_;
  std::vector<double> means_;    // of a row
  std::vector<double> squares_;  // mean of a row's squares
};

/// The training samples of a data set that are outliers.
/// @throws InputError as Dataset::read().
std::vector<Eigen::Index> outliers(const Dataset& dataset);

/// Names them in the log, if there are any.
void warn_of_outliers(const std::string& stage, const Dataset& dataset, base::RunLog& log);

/// "3, 17, 20 and 5 more"
std::string rows_text(const std::vector<Eigen::Index>& rows);

}  // namespace scorefem::dataset
