#pragma once

#include "pipeline/dataset/dataset.h"

namespace scorefem::dataset {

/// The standard deviation of all noise-free training observations taken together, but for outliers
/// (outliers.h): the unit of a relative noise level.
/// @throws InputError if no training sample has a solution, and as Dataset::read.
double pooled_standard_deviation(const Dataset& dataset);

}  // namespace scorefem::dataset
