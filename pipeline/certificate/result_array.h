#pragma once

#include <string>

#include "pipeline/base/hdf5_file.h"

namespace scorefem::certificate {

/// Writes a matrix, or the one column of a matrix as a list, with its unit and axes.
/// @param axes e.g. "measurement, unknown"; without a comma: values has one column and becomes a list
void write_result(base::Hdf5File& file, const std::string& name, const solver::Matrix& values,
                  const std::string& unit, const std::string& axes);

}  // namespace scorefem::certificate
