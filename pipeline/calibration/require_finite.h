#pragma once

#include <string>

#include "pipeline/base/errors.h"
#include "solver/matrix.h"

namespace scorefem::calibration {

/// A NaN has no place in an order, and compares false: measures of it would be arbitrary, or the best.
/// @param what the values are, for the message
/// @throws InputError if a value is not finite.
inline void require_finite(const solver::Matrix& values, const std::string& what) {
  if (!values.allFinite()) throw base::InputError(what + ": a value is not finite; expected finite numbers");
}

}  // namespace scorefem::calibration
