#pragma once

#include <string>

#include "solver/matrix.h"

namespace scorefem::posterior {

/// A matrix as text, bit for bit: rows, columns, and its numbers in base64 (RFC 4648); what a checkpoint's
/// metadata can hold.
std::string matrix_text(const solver::Matrix& matrix);
/// @throws std::invalid_argument if the text is not what matrix_text() wrote
solver::Matrix matrix_from_text(const std::string& text);

}  // namespace scorefem::posterior
