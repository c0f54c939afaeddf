#include "solver/lane_kernels.h"

namespace scorefem::solver {

// One binary runs well everywhere: the loops are compiled for several instruction sets and chosen when the
// program runs.
#if defined(__x86_64__)
#pragma GCC push_options
#pragma GCC target("avx512f")
#define LANE_VECTOR_BYTES 64
namespace avx512 {
#include "solver/lane_kernels_body.h"
}
#undef LANE_VECTOR_BYTES
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx2,fma")
#define LANE_VECTOR_BYTES 32
namespace avx2 {
#include "solver/lane_kernels_body.h"
}
#undef LANE_VECTOR_BYTES
#pragma GCC pop_options
#endif

#define LANE_VECTOR_BYTES 16
namespace portable {
#include "solver/lane_kernels_body.h"
}
#undef LANE_VECTOR_BYTES

const std::vector<LaneKernels>& supported_lane_kernels() {
  static const std::vector<LaneKernels> supported = [] {
    std::vector<LaneKernels> kernels;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f"))
      kernels.push_back(
          {"AVX-512", avx512::product, avx512::subtract_product, avx512::subtract_squares, avx512::advance});
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
      kernels.push_back(
          {"AVX2", avx2::product, avx2::subtract_product, avx2::subtract_squares, avx2::advance});
#endif
    kernels.push_back({"portable", portable::product, portable::subtract_product, portable::subtract_squares,
                       portable::advance});
    return kernels;
  }();
  return supported;
}

PanelMatrix::PanelMatrix(const Matrix& matrix)
    : n_rows_(static_cast<int>(matrix.rows())), n_cols_(static_cast<int>(matrix.cols())) {
  const int n_panels = (n_rows_ + 3) / 4;
  values_.assign(static_cast<std::size_t>(n_panels) * 4 * n_cols_, 0.0);
  for (int i = 0; i < n_rows_; ++i)
    for (int k = 0; k < n_cols_; ++k)
      values_[(static_cast<std::size_t>(i / 4) * n_cols_ + k) * 4 + i % 4] = matrix(i, k);
}

}  // namespace scorefem::solver
