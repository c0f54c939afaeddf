#pragma once

#include <functional>
#include <string>
#include <vector>

#include "pipeline/dataset/dataset.h"
#include "pipeline/importing/pair_file.h"
#include "pipeline/problem/measurements.h"
#include "pipeline/problem/pairs/imported_pairs.h"

namespace scorefem::importing {

/// A block's rows that can be used, and the others.
struct CheckedBlock {
  solver::Matrix unknowns;             //!< [n, n_unknowns], within their bounds
  problem::Measurements observations;  //!< [n, n_observations]
  std::vector<Eigen::Index> rows;      //!< of the block: those that these are
  std::vector<Eigen::Index> left_out;  //!< of the block
};

/// Sorts rows: those with a value that is not finite are left out, or, where the configuration says so, lack
/// an observation.
class RowChecks {
 public:
  RowChecks(dataset::Layouts layouts, problem::NanMeaning nan) : layouts_(std::move(layouts)), nan_(nan) {}

  /// @param place of a row of the block, for messages
  /// @throws base::InputError for a value outside the bounds of its component, and a mask that is not 0 or 1
  CheckedBlock check(const PairBlock& block, const std::function<std::string(Eigen::Index)>& place) const;

  const dataset::Layouts& layouts() const { return layouts_; }

 private:
  dataset::Layouts layouts_;
  problem::NanMeaning nan_;
};

/// What the columns are: as the configuration says, else as the files do, else numbered.
/// @throws base::InputError if the files have another number of columns than the configuration
dataset::Layouts imported_layouts(const problem::ImportedPairs& pairs, Eigen::Index n_unknowns,
                                  Eigen::Index n_observations, const std::vector<std::string>& unknown_names,
                                  const std::vector<std::string>& observation_names, const std::string& file);

}  // namespace scorefem::importing
