#pragma once

#include <optional>
#include <string>

#include "pipeline/posterior/posterior_file.h"
#include "solver/matrix.h"

namespace scorefem::exporting {

/// Draws from the prior behind a posterior file, [n, n_unknowns]: those of the configuration's prior that
/// belong to its seed, or the first of the training part of pairs that were imported; none where neither can
/// be found.
/// @param path of the posterior file, beside which the data set is looked for, then in the configuration's
/// folder of results
std::optional<solver::Matrix> prior_draws(const posterior::Posterior& posterior, const std::string& path,
                                          Eigen::Index n);

/// Writes a posterior as NetCDF-4 in ArviZ's InferenceData layout (README.md in this folder), measurement by
/// measurement.
/// @throws std::runtime_error if it cannot be written
void write_inference_data(const posterior::Posterior& posterior, const std::optional<solver::Matrix>& prior,
                          const std::string& path);

}  // namespace scorefem::exporting
