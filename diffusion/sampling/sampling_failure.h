#pragma once

#include <stdexcept>

namespace scorefem::diffusion {

/// A sample that cannot be drawn: its state is not finite, or no step is short enough for it. The network or
/// the measurement is the reason, never memory or disk.
class SamplingFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace scorefem::diffusion
