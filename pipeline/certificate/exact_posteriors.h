#pragma once

#include <string>
#include <vector>

#include "pipeline/posterior/posterior_file.h"
#include "pipeline/truth/reference_file.h"
#include "pipeline/truth/study_posterior.h"

namespace scorefem::certificate {

/// Draws the exact posteriors of measurements by Markov chain Monte Carlo.
/// @param measurement [n, n_observations], NaN where one is not there
/// @param done called after each, with the number that are finished
std::vector<truth::ReferencePosterior> exact_posteriors(const truth::StudyPosterior& posterior,
                                                        const solver::Matrix& measurement,
                                                        const std::function<void(Eigen::Index)>& done);

/// Writes them beside learnt samples: the group /reference of posterior_format.md.
void write_exact(const std::string& path, const std::vector<truth::ReferencePosterior>& exact);

}  // namespace scorefem::certificate
