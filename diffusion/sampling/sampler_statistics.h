#pragma once

#include <cstdint>

#include "diffusion/options/precision.h"

namespace scorefem::diffusion {

/// What Precision::automatic took, and why.
struct ChosenPrecision {
  Precision precision = Precision::float32;
  double speedup =
      0;  //!< of bfloat16 over float32; 0: not measured, as bfloat16 is not to be had or does not matter
};

/// What a sampler spent.
struct SamplerStatistics {
  ChosenPrecision chosen;           //!< of Precision::automatic
  std::int64_t evaluations = 0;     //!< calls of the network, each for a piece of a batch
  std::int64_t rows_evaluated = 0;  //!< states in those calls
  std::int64_t accepted_steps = 0;
  std::int64_t rejected_steps = 0;  //!< adaptive methods

  /// Evaluations of the network for one of `n_rows` samples, on average.
  double evaluations_per_row(std::int64_t n_rows) const {
    return static_cast<double>(rows_evaluated) / static_cast<double>(n_rows);
  }

  SamplerStatistics& operator+=(const SamplerStatistics& other) {
    evaluations += other.evaluations;
    rows_evaluated += other.rows_evaluated;
    accepted_steps += other.accepted_steps;
    rejected_steps += other.rejected_steps;
    return *this;
  }
};

}  // namespace scorefem::diffusion
