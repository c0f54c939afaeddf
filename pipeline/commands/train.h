#pragma once

#include "pipeline/study/stage.h"

namespace scorefem::commands {

/// Stage 2: dataset.h5 -> model.pt and training.csv. A training that was stopped goes on from
/// model.partial.pt.
/// @throws InputError if the data set is missing or was made from another configuration, or model.partial.pt
///         belongs to another training; Interrupted after a signal, with the work saved.
void train(const study::StageContext& context);

}  // namespace scorefem::commands
