#pragma once

#include "pipeline/study/study.h"

namespace scorefem::study {

/// Sets the defaults that depend on what a configuration chooses, which read_choices() has read: its name,
/// forward model, prior, sizes of the data set, network and layers. All other defaults stand at their fields.
void use_defaults(Study& study);

}  // namespace scorefem::study
