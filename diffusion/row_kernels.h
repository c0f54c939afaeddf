#pragma once

#include <cstdint>

namespace scorefem::diffusion {

/// out [b] = x [a] matrix [a, b], row-major.
void multiply_row(const float* x, const float* matrix, std::int64_t a, std::int64_t b, float* out);
void multiply_row(const double* x, const double* matrix, std::int64_t a, std::int64_t b, double* out);
/// out [a] = matrix [a, b] x [b].
void multiply_row_transposed(const float* x, const float* matrix, std::int64_t a, std::int64_t b, float* out);
void multiply_row_transposed(const double* x, const double* matrix, std::int64_t a, std::int64_t b,
                             double* out);

}  // namespace scorefem::diffusion
