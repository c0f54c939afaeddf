#pragma once

#include <map>
#include <optional>
#include <string>

#include "pipeline/dataset/dataset.h"
#include "pipeline/study/study.h"

namespace scorefem::posterior {

/// Training observations with their draws for the noise, each [n, n_observations].
struct TrainingRows {
  problem::Measurements clean;  //!< noise-free, in the observations' units
  solver::Matrix normal;        //!< standard normal
};

/// The first `most` of a data set that have a solution.
/// @param with_masks false: also the observations that the data set's masks leave out
TrainingRows training_rows(const dataset::Dataset& dataset, Eigen::Index most, bool with_masks);

/// A checkpoint's metadata, so that measurements can be checked where the data set is not at hand.
using Metadata = std::map<std::string, std::string>;

/// Adds some training observations, so many that the p-values of training_distance.h reach 1 in 1000 while
/// the file stays small (2,000 for 30 observations, some 0.6 MB), and the response of a linear model.
void add_training_rows(const dataset::Dataset& dataset, bool with_masks, Metadata& metadata);
/// The observations of a checkpoint, with fresh draws for the noise; no rows if it has none.
/// @throws std::invalid_argument if the text is not what add_training_rows() wrote
TrainingRows training_rows(const Metadata& metadata);
/// G [n_observations, n_unknowns] of a linear model, if the checkpoint has it.
/// @throws std::invalid_argument as training_rows()
std::optional<solver::Matrix> known_response(const Metadata& metadata);

}  // namespace scorefem::posterior
