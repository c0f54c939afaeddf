#pragma once

#include <string>

#include "pipeline/study/stage.h"

namespace scorefem::commands {

/// Posterior samples for the user's own measurements: CSV of one measurement vector a row (an empty field or
/// `nan` is a missing sensor) -> HDF5 (posterior_format.md), and a table of mean and standard deviation on
/// standard output. A measurement that is unlike those of training, or unlike what its own posterior
/// predicts, is warned of; the figures are in the file. Needs the runtime of solver/runtime.h unless the
/// problem is linear.
/// @throws InputError for an unusable file, a model of another configuration, or a missing sensor where the
/// model was
///         not trained with masks.
void infer(const study::StageContext& context, const std::string& measurement_path,
           const std::string& output_path);

}  // namespace scorefem::commands
