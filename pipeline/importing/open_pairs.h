#pragma once

#include <memory>
#include <string>

#include "pipeline/importing/pair_file.h"

namespace scorefem::importing {

/// Opens a file by what is in it: HDF5, NumPy's .npz, a folder with .npy files (named as the arrays), CSV.
/// @throws base::InputError if it is missing, or lacks what is looked for
std::unique_ptr<PairFile> open_pairs(const std::string& path, const PairNames& names);

}  // namespace scorefem::importing
