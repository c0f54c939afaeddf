// Compiled with -ffast-math (diffusion/CMakeLists.txt), for which the C library has vectorised exponentials.
// Nothing here decides anything: a NaN or infinity goes in and comes out.
#include <cmath>

#include "diffusion/network/mlp_kernels.h"
#include "diffusion/numerics/vector_versions.h"

namespace scorefem::diffusion {

namespace {

/// 1 + exp(-v). Bounded, as a vectorised division by infinity gives NaN: it refines an approximate
/// reciprocal.
inline float one_plus_exp(float v) {
  constexpr float kLargestExponent = 80.0F;
  return 1.0F + std::exp(-v < kLargestExponent ? -v : kLargestExponent);
}

}  // namespace

SCOREFEM_VECTOR_VERSIONS
void add_bias_silu(float* x, float* pre_activation, const float* bias, std::int64_t rows,
                   std::int64_t columns) {
  for (std::int64_t i = 0; i < rows; ++i, x += columns, pre_activation += columns) {
#pragma omp simd
    for (std::int64_t j = 0; j < columns; ++j) {
      const float v = x[j] + bias[j];
      pre_activation[j] = v;
      x[j] = v / one_plus_exp(v);
    }
  }
}

SCOREFEM_VECTOR_VERSIONS
void multiply_by_silu_slope(float* gradient, const float* pre_activation, std::int64_t n) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    const float v = pre_activation[i];
    const float sigmoid = 1.0F / one_plus_exp(v);
    gradient[i] *= sigmoid * (1.0F + v * (1.0F - sigmoid));
  }
}

}  // namespace scorefem::diffusion
