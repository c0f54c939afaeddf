#pragma once

#include <cstdint>
#include <string>

#include "pipeline/checking/findings.h"
#include "pipeline/checking/results.h"
#include "pipeline/study/study.h"

namespace scorefem::checking {

/// That the folder can be made and written, that the disk has room for what is missing, and that the training
/// pairs fit the memory.
void check_resources(const study::Study& study, const Missing& missing, Findings& findings);

/// "3.1 GiB".
std::string bytes_text(double bytes);

}  // namespace scorefem::checking
