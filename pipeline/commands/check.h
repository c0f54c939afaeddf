#pragma once

#include "pipeline/study/study.h"

namespace scorefem::commands {

/// Looks at everything that can be wrong before hours of work, and prints it: the study's folder and what is
/// in it, disk, memory, devices, the forward model or its server, and how long a run takes by short measured
/// steps. Changes nothing in the folder, but for a lock that a killed process left, which goes. Needs the
/// runtime of solver/runtime.h where the model does.
/// @throws InputError that counts what is wrong
void check(const study::Study& study);

}  // namespace scorefem::commands
