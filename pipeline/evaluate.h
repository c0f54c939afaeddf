#pragma once

#include "pipeline/stage.h"

namespace scorefem {

/// Stage 4: posterior.h5 -> metrics.csv, summary.json, gaussian_posterior.h5, figures and report.html. Prints
/// the learnt posterior's error and standard deviation beside the exact ones.
/// @throws InputError if the posterior is missing or belongs to another configuration.
void evaluate(const StageContext& context);

}  // namespace scorefem
