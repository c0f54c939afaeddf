#pragma once

#include <memory>
#include <string>

#include "pipeline/importing/pair_file.h"

namespace scorefem::importing {

/// CSV with a header. Columns of unknowns and observations are those with the names of the configuration;
/// where it names none, those whose names begin with PairNames::unknowns and _ (theta_1, theta_2, ...), in
/// the order of the file. Other columns are not read. Fields that are empty, nan or NA are NaN.
/// @throws base::InputError as open_pairs()
std::unique_ptr<PairFile> open_csv_pairs(const std::string& path, const PairNames& names);

}  // namespace scorefem::importing
