#pragma once

#include <string>

#include "solver/matrix.h"

namespace scorefem::posterior {

enum class StoredNumber { float64, float32 };

/// A matrix as text: rows, columns, and its numbers in base64 (RFC 4648), float64 bit for bit or, after the
/// word float32, rounded to that; what a checkpoint's metadata can hold.
std::string matrix_text(const solver::Matrix& matrix, StoredNumber number = StoredNumber::float64);
/// @throws std::invalid_argument if the text is not what matrix_text() wrote
solver::Matrix matrix_from_text(const std::string& text);

}  // namespace scorefem::posterior
