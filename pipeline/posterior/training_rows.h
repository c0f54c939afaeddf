#pragma once

#include <map>
#include <string>

#include "pipeline/dataset/dataset.h"
#include "pipeline/study/study.h"

namespace scorefem::posterior {

/// Training observations with their draws for the noise, each [n, n_observations].
struct TrainingRows {
  solver::Matrix clean;   //!< noise-free, in the observations' units; NaN where one is not there
  solver::Matrix normal;  //!< standard normal
};

/// The first `most` of a data set that have a solution.
/// @param with_masks false: also the observations that the data set's masks leave out
TrainingRows training_rows(const dataset::Dataset& dataset, Eigen::Index most, bool with_masks);

/// The key of a checkpoint's metadata under which it keeps some training observations, so that measurements
/// can be compared with them where the data set is not at hand.
constexpr const char* kTrainingRowsKey = "training_observations";
/// So many of them that the p-values of training_distance.h reach 1 in 1000, and the file stays small: 2,000
/// for 30 observations, some 0.6 MB.
std::string training_rows_text(const dataset::Dataset& dataset, bool with_masks);
/// Those of a checkpoint's metadata, with fresh draws for the noise; no rows if it has none.
/// @throws std::invalid_argument if the text is not what training_rows_text() wrote
TrainingRows training_rows(const std::map<std::string, std::string>& metadata);

}  // namespace scorefem::posterior
