#pragma once

#include "pipeline/densities/density_reference.h"

namespace scorefem::commands {

/// The study of paper 6.1: references, models, samples and costs, then table2.csv, table2.json, table2.md and
/// the figures in OUTPUT. Models and samples whose inputs are unchanged are kept.
/// @throws InputError for conditioning values without test pairs and unreadable files; Interrupted after a
/// signal, with
///         finished work saved.
void densities(const densities::DensityContext& context);

}  // namespace scorefem::commands
