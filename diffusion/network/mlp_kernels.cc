#include "diffusion/network/mlp_kernels.h"

#include <algorithm>

#include "diffusion/numerics/vector_versions.h"

namespace scorefem::diffusion {

SCOREFEM_VECTOR_VERSIONS
void add_bias(float* x, const float* bias, std::int64_t rows, std::int64_t columns) {
  for (std::int64_t i = 0; i < rows; ++i, x += columns)
    for (std::int64_t j = 0; j < columns; ++j) x[j] += bias[j];
}

SCOREFEM_VECTOR_VERSIONS
void add_bias_relu(float* x, const float* bias, std::int64_t rows, std::int64_t columns) {
  // Written as !(v < 0) so that a NaN stays one: a diverged training must be seen.
  for (std::int64_t i = 0; i < rows; ++i, x += columns)
    for (std::int64_t j = 0; j < columns; ++j) {
      const float v = x[j] + bias[j];
      x[j] = v < 0.0F ? 0.0F : v;
    }
}

SCOREFEM_VECTOR_VERSIONS
void multiply_by_relu_slope(float* gradient, const float* hidden, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) gradient[i] = hidden[i] > 0.0F ? gradient[i] : 0.0F;
}

SCOREFEM_VECTOR_VERSIONS
void sum_rows(const float* x, std::int64_t rows, std::int64_t columns, float* sum) {
  std::fill(sum, sum + columns, 0.0F);
  for (std::int64_t i = 0; i < rows; ++i, x += columns)
    for (std::int64_t j = 0; j < columns; ++j) sum[j] += x[j];
}

}  // namespace scorefem::diffusion
