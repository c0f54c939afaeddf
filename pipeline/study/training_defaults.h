#pragma once

#include "pipeline/study/study.h"

namespace scorefem::study {

/// The network of a configuration that names none, with its training and sampling.
void use_defaults_of(diffusion::Network network, Study& study);
/// What goes with other layers of gaussian_residual than use_defaults_of() chose.
void use_defaults_of(diffusion::Layers layers, Study& study);

}  // namespace scorefem::study
