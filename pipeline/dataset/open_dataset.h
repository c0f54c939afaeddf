#pragma once

#include "pipeline/dataset/dataset.h"
#include "pipeline/study/stage.h"

namespace scorefem::dataset {

/// The data set of a study.
/// @throws InputError if it is missing, unreadable or made from another configuration.
Dataset open_dataset(const study::StageContext& context);

}  // namespace scorefem::dataset
