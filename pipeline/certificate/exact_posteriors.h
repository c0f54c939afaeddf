#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/base/run_log.h"
#include "pipeline/certificate/inverted.h"
#include "pipeline/posterior/posterior_file.h"
#include "pipeline/study/study.h"
#include "pipeline/truth/reference_file.h"

namespace scorefem::certificate {

/// Draws the exact posteriors of measurements by Markov chain Monte Carlo, with the study's reference
/// options; warns of those that did not converge.
/// @param response G of a linear model, if it is known; else the forward model is made
/// @throws base::InputError if prior, forward model or likelihood are not known
std::vector<truth::ReferencePosterior> exact_posteriors(const study::Study& study,
                                                        std::optional<solver::Matrix> response,
                                                        const Inverted& inverted, std::uint64_t seed,
                                                        base::RunLog& log);

/// "exact, by Markov chains: R-hat 1.0012, ..."
std::string diagnostics(const truth::ReferencePosterior& exact);

/// Writes them beside learnt samples: the group /reference of posterior_format.md.
void write_exact(const std::string& path, const std::vector<truth::ReferencePosterior>& exact);

/// What exact posteriors and weights need of the configuration.
/// @throws base::InputError naming what is missing
void require_likelihood(const study::Study& study, const problem::Noise& noise);

}  // namespace scorefem::certificate
