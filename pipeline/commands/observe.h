#pragma once

#include <string>

#include "pipeline/study/study.h"

namespace scorefem::commands {

/// The forward model on the user's own unknowns: CSV of one vector of unknowns a row -> CSV of noise-free
/// observations with 12 significant digits.
/// @throws InputError for an unusable file, and for unknowns outside their bounds (problem::Component);
///         std::runtime_error naming the rows whose solution was not found.
/// @param writes whether this process writes the file: false on all ranks but one of those that solve
/// together
void observe(const study::Study& study, const std::string& input_path, const std::string& output_path,
             bool writes);

}  // namespace scorefem::commands
