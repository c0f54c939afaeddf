#pragma once

#include <string>
#include <vector>

#include "pipeline/study/stage.h"

namespace scorefem::commands {

/// The command: files of pairs that another program made -> dataset.h5, whole or not at all.
/// @param pairs files, not empty
/// @param test files of the test part; empty: it is drawn from `pairs`
/// @throws InputError for what importing/ refuses, and if there are not enough pairs
void import_pairs(const study::StageContext& context, const std::vector<std::string>& pairs,
                  const std::vector<std::string>& test);

}  // namespace scorefem::commands
