#pragma once

namespace scorefem::diffusion {

/// Arithmetic of the network's layers while sampling; sums are always kept in float32, states in float64.
enum class Precision {
  float32,
  bfloat16,  //!< inputs, weights and hidden layers rounded to 8 bits of mantissa; fast where the processor
             //!< has it
  automatic  //!< the faster of the two where the samples are drawn, measured for a moment at the start
};

}  // namespace scorefem::diffusion
