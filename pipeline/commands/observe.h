#pragma once

#include <string>

#include "pipeline/study/study.h"

namespace scorefem::commands {

/// The forward model on the user's own fluxes: CSV of one flux vector a row -> CSV of noise-free sensor
/// concentrations with 12 significant digits.
/// @throws InputError for an unusable file, and for negative fluxes of the reaction problem;
///         std::runtime_error naming the rows whose solution was not found.
/// @param writes whether this process writes the file: false on all ranks but one of those that solve
/// together
void observe(const study::Study& study, const std::string& flux_path, const std::string& output_path,
             bool writes);

}  // namespace scorefem::commands
