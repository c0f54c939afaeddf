#pragma once

#include <string>
#include <vector>

#include "solver/matrix.h"

namespace scorefem::base {

/// Whether an empty field or `nan` stands for a missing value (read as NaN) or is an error.
enum class MissingValues { rejected, allowed };

/// Reads numbers separated by commas; lines that are empty or start with '#' are skipped.
/// @return [n_rows, n_columns]
/// @throws InputError with path:line and column for a wrong number of columns, text, infinities, and an empty
/// file.
solver::Matrix read_csv(const std::string& path, int n_columns, MissingValues missing);

/// The same of columns that have names: a first line with the names says in which order they stand.
/// @param names of the columns, in the order of the result
/// @throws InputError as above, and for a name that is unknown, missing or there twice.
solver::Matrix read_csv(const std::string& path, const std::vector<std::string>& names,
                        MissingValues missing);

/// A text as a field: in quotes where it holds a comma, a quote or a line end, or would begin a comment.
std::string csv_text(const std::string& text);

/// Writes rows after '#' comment lines, through a temporary name.
/// @param digits significant decimal digits
void write_csv(const std::string& path, const std::vector<std::string>& comments, const solver::Matrix& rows,
               int digits);

}  // namespace scorefem::base
