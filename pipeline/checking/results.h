#pragma once

#include "pipeline/checking/findings.h"
#include "pipeline/study/study.h"

namespace scorefem::checking {

/// Which results `scorefem run` would make; the others are there and kept.
struct Missing {
  bool dataset = true;
  bool model = true;
  bool posterior = true;
};

/// Looks at the data set, the shards, the trained model and the samples in the study's folder, as the stages
/// would: what is kept, gone on with, made anew, and what would be refused.
Missing check_results(const study::Study& study, Findings& findings);

}  // namespace scorefem::checking
