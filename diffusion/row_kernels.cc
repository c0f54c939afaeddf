#include "diffusion/row_kernels.h"

#include <algorithm>

#include "diffusion/vector_versions.h"

namespace scorefem::diffusion {

namespace {

template <class Scalar>
[[gnu::always_inline]] inline void multiply(const Scalar* x, const Scalar* matrix, std::int64_t a,
                                            std::int64_t b, Scalar* out) {
  std::fill(out, out + b, Scalar(0));
  for (std::int64_t i = 0; i < a; ++i) {
    const Scalar value = x[i];
#pragma omp simd
    for (std::int64_t j = 0; j < b; ++j) out[j] += value * matrix[i * b + j];
  }
}

template <class Scalar>
[[gnu::always_inline]] inline void multiply_transposed(const Scalar* x, const Scalar* matrix, std::int64_t a,
                                                       std::int64_t b, Scalar* out) {
  for (std::int64_t i = 0; i < a; ++i) {
    Scalar sum = 0;
#pragma omp simd reduction(+ : sum)
    for (std::int64_t j = 0; j < b; ++j) sum += matrix[i * b + j] * x[j];
    out[i] = sum;
  }
}

}  // namespace

SCOREFEM_VECTOR_VERSIONS
void multiply_row(const float* x, const float* matrix, std::int64_t a, std::int64_t b, float* out) {
  multiply(x, matrix, a, b, out);
}

SCOREFEM_VECTOR_VERSIONS
void multiply_row(const double* x, const double* matrix, std::int64_t a, std::int64_t b, double* out) {
  multiply(x, matrix, a, b, out);
}

SCOREFEM_VECTOR_VERSIONS
void multiply_row_transposed(const float* x, const float* matrix, std::int64_t a, std::int64_t b,
                             float* out) {
  multiply_transposed(x, matrix, a, b, out);
}

SCOREFEM_VECTOR_VERSIONS
void multiply_row_transposed(const double* x, const double* matrix, std::int64_t a, std::int64_t b,
                             double* out) {
  multiply_transposed(x, matrix, a, b, out);
}

}  // namespace scorefem::diffusion
