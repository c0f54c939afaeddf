#pragma once

#include <string>

#include "pipeline/base/hdf5_file.h"
#include "pipeline/problem/layout.h"

namespace scorefem::problem {

/// A layout as a group of a file: name, group and unit (texts), bounds [n, 2] and, if there are any,
/// position [n, dimension].
/// @param group e.g. "/unknowns"
void write_layout(base::Hdf5File& file, const std::string& group, const Layout& layout);
/// @throws base::InputError naming the file if the group is missing or contradicts itself.
Layout read_layout(const base::Hdf5File& file, const std::string& group);

}  // namespace scorefem::problem
