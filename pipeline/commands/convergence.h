#pragma once

#include "pipeline/study/stage.h"

namespace scorefem::commands {

/// Error at the sensors, unknowns and time of the study's list of discretisations, on the fluxes of the first
/// test samples: a table on standard output, convergence.csv, and figures/convergence.{png,pdf}.
void convergence(const study::StageContext& context);

}  // namespace scorefem::commands
