#pragma once

#include <string>
#include <vector>

#include "pipeline/study/stage.h"

namespace scorefem::commands {

/// All stages after the data set: training, samples, exact posteriors of the first `reference.run`
/// measurements where they can be had, evaluation; ends with what was found in words and what to do next.
/// @param config as the user named it, for the next command
/// @param overrides of it, "a.b.c=value"
/// @return whether all gates were passed, as evaluate()
bool run_stages(const study::StageContext& context, const std::string& config,
                const std::vector<std::string>& overrides);

}  // namespace scorefem::commands
