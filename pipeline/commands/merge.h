#pragma once

#include "pipeline/dataset/joined_dataset.h"
#include "pipeline/study/stage.h"

namespace scorefem::commands {

/// The command: OUTPUT/shards/ -> dataset.h5. The shards stay.
void merge(const study::StageContext& context, dataset::Storage storage);

}  // namespace scorefem::commands
