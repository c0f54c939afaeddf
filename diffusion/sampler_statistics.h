#pragma once

#include <cstdint>

namespace scorefem::diffusion {

/// What a sampler spent.
struct SamplerStatistics {
  std::int64_t evaluations = 0;     //!< calls of the network
  std::int64_t rows_evaluated = 0;  //!< states in those calls
  std::int64_t accepted_steps = 0;
  std::int64_t rejected_steps = 0;  //!< adaptive methods

  SamplerStatistics& operator+=(const SamplerStatistics& other) {
    evaluations += other.evaluations;
    rows_evaluated += other.rows_evaluated;
    accepted_steps += other.accepted_steps;
    rejected_steps += other.rejected_steps;
    return *this;
  }
};

}  // namespace scorefem::diffusion
