#pragma once

#include <oneapi/dnnl/dnnl.h>

#include <cstdint>
#include <stdexcept>

namespace scorefem::diffusion {

/// C [m, n] = op(A) op(B) + beta C, row-major, on oneDNN. Inside a parallel region it runs on the calling
/// thread. Throws std::runtime_error if oneDNN fails.
inline void sgemm(char trans_a, char trans_b, std::int64_t m, std::int64_t n, std::int64_t k, const float* a,
                  std::int64_t lda, const float* b, std::int64_t ldb, float beta, float* c,
                  std::int64_t ldc) {
  if (dnnl_sgemm(trans_a, trans_b, m, n, k, 1.0F, a, lda, b, ldb, beta, c, ldc) != dnnl_success)
    throw std::runtime_error("oneDNN: sgemm failed");
}

}  // namespace scorefem::diffusion
