#pragma once

#include "pipeline/stage.h"

namespace scorefem {

/// Stage 3: model.pt and the test measurements of dataset.h5 -> posterior.h5.
/// @throws InputError if one of them is missing or belongs to another configuration.
void sample(const StageContext& context);

}  // namespace scorefem
