#pragma once

#include "pipeline/checking/findings.h"
#include "pipeline/checking/results.h"
#include "pipeline/study/study.h"

namespace scorefem::checking {

/// Asks the forward model for a few samples of the prior: whether it answers, and how long a data set takes.
/// Needs the runtime of solver/runtime.h where the model does.
void check_forward_model(const study::Study& study, const Missing& missing, Findings& findings,
                         Estimate& estimate);

/// Trains a network of the study's sizes for some seconds on random numbers, and draws with it: how long
/// training and sampling take. Writes to the system's temporary folder alone.
void check_network(const study::Study& study, const Missing& missing, Findings& findings, Estimate& estimate);

}  // namespace scorefem::checking
