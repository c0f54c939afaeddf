#pragma once

#include "pipeline/study/stage.h"

namespace scorefem::commands {

/// Stage 3: model.pt and the test measurements of dataset.h5 -> posterior.h5.
/// @throws InputError if one of them is missing or belongs to another configuration.
void sample(const study::StageContext& context);

}  // namespace scorefem::commands
