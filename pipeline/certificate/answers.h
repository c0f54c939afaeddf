#pragma once

#include <vector>

#include "pipeline/certificate/correction.h"
#include "pipeline/posterior/posterior_file.h"
#include "pipeline/problem/layout.h"
#include "pipeline/truth/reference_file.h"

namespace scorefem::certificate {

/// Prints the answers for each measurement to standard output: a table each for a few of them, else a line
/// each.
/// @param exact, corrected of each measurement, or empty
void print_answers(const posterior::Posterior& learnt, const std::vector<truth::ReferencePosterior>& exact,
                   const std::vector<CorrectedPosterior>& corrected, const problem::Layout& unknowns);

}  // namespace scorefem::certificate
