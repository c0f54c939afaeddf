#pragma once

#include <string>

#include "pipeline/dataset/dataset.h"

namespace scorefem::dataset {

/// The standard deviation of all noise-free training observations taken together, but for outliers
/// (outliers.h): the unit of a relative noise level.
/// @throws InputError if no training sample has a solution, and as Dataset::read.
double pooled_standard_deviation(const Dataset& dataset);

/// Writes it into a data set that was just made, so that nobody has to read all of it for this number again.
/// Where no training sample has a solution nothing is written.
void store_noise_unit(const std::string& path);

/// The stored one; computed for data sets of earlier versions of the program.
/// @throws InputError as pooled_standard_deviation()
double noise_unit(const Dataset& dataset);

}  // namespace scorefem::dataset
