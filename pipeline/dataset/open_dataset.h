#pragma once

#include <string>

#include "pipeline/dataset/dataset.h"
#include "pipeline/study/study.h"

namespace scorefem::dataset {

/// The data set of a study.
/// @param path of dataset.h5
/// @throws InputError if it is missing, unreadable or made from another configuration.
Dataset open_dataset(const study::Study& study, const std::string& path);

}  // namespace scorefem::dataset
