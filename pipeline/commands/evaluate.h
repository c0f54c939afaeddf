#pragma once

#include "pipeline/study/stage.h"

namespace scorefem::commands {

/// Stage 4: posterior.h5 -> metrics.csv, by_sensors.csv, coverage.csv, calibration.csv, summary.json,
/// gaussian_posterior.h5, figures and report.html. Prints the learnt posterior's measures beside those of the
/// exact and the plain Gaussian one, and whether it passes the calibration gates. The tables and the
/// summary's `comparison` are of the measurements that have an exact answer, all of them if none has; the
/// summary's `means`, gates and coverage.csv are of all measurements of each answer (`means_over`). Needs the
/// runtime of solver/runtime.h unless the problem is linear.
/// @return whether all gates were passed; true without noise, where there are none
/// @throws InputError if the posterior is missing or belongs to another configuration.
bool evaluate(const study::StageContext& context);

}  // namespace scorefem::commands
