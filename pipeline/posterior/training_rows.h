#pragma once

#include <optional>
#include <vector>

#include "pipeline/dataset/dataset.h"
#include "pipeline/dataset/observation_encoding.h"
#include "pipeline/posterior/training_moments.h"
#include "pipeline/problem/noise.h"

namespace scorefem::posterior {

/// What a measurement is compared with: training observations that are held out, [n, n_observations] each,
/// and the moments of all others.
struct TrainingRows {
  problem::Measurements clean;  //!< noise-free, in the observations' units
  solver::Matrix normal;        //!< standard normal draws for their noise
  /// Of the clean observations where noise is still added (dataset::added_level()), else of what seen_rows()
  /// gives.
  TrainingMoments moments;
};

/// So many of n rows, drawn from all of them, as they may be sorted. Ascending; the same each time.
/// @param n_drawn in [0, n]
std::vector<Eigen::Index> drawn_rows(Eigen::Index n, Eigen::Index n_drawn);

/// Which of n training samples are held out, of drawn_rows(): half of them,
/// but at most 3,999 and some 600,000 numbers (6.4 MB in a checkpoint), of many observations at least 500.
/// Ascending; the same each time. None of fewer than 20.
std::vector<Eigen::Index> held_out_rows(Eigen::Index n, Eigen::Index n_observations);

/// What is compared with a measurement [n, columns that the encoding makes]: clean observations with noise,
/// encoded if the network sees them so.
/// @param normal [n, n_observations]
solver::Matrix seen_rows(const problem::Measurements& clean, const solver::Matrix& normal,
                         const problem::Noise& noise, const dataset::ObservationEncoding& encoding);

/// Of the training samples that have a solution, read block by block; no rows if there are too few.
TrainingRows training_rows(const dataset::Dataset& dataset, const problem::Noise& noise,
                           const dataset::ObservationEncoding& encoding);

/// Adds training_rows(), and the response of a linear model.
void add_training_rows(const dataset::Dataset& dataset, const problem::Noise& noise,
                       const dataset::ObservationEncoding& encoding, Metadata& metadata);
/// Those of a checkpoint, with fresh draws for the noise; no rows if it has none, or none that are held out,
/// as in those of earlier programs.
/// @throws std::invalid_argument if the text is not what add_training_rows() wrote
TrainingRows training_rows(const Metadata& metadata);
/// G [n_observations, n_unknowns] of a linear model, if the checkpoint has it.
/// @throws std::invalid_argument as training_rows()
std::optional<solver::Matrix> known_response(const Metadata& metadata);

}  // namespace scorefem::posterior
