#pragma once

namespace scorefem::problem {

/// The least that the standard deviation of an unknown may be of its size, drawn or imported: samples are
/// stored in float32, with steps of 1e-7 of their size.
inline constexpr double kLeastShareOfUnknown = 1e-5;

}  // namespace scorefem::problem
