#include "diffusion/numerics/row_kernels.h"

#include <algorithm>

#include "diffusion/numerics/vector_versions.h"

namespace scorefem::diffusion {

namespace {

template <class Scalar>
[[gnu::always_inline]] inline void multiply(const Scalar* x, const StripedMatrix<Scalar>& matrix,
                                            std::int64_t rows, Scalar* out) {
  constexpr std::int64_t kStrip = StripedMatrix<Scalar>::kStrip;
  const std::int64_t a = matrix.n_rows(), b = matrix.n_columns();
  for (std::int64_t row = 0; row < rows; ++row, x += a, out += b) {
    const Scalar* strip = matrix.data();
    for (std::int64_t begin = 0; begin < b; begin += kStrip, strip += a * kStrip) {
      Scalar sum[kStrip] = {};
      for (std::int64_t i = 0; i < a; ++i) {
        const Scalar value = x[i];
#pragma omp simd
        for (std::int64_t j = 0; j < kStrip; ++j) sum[j] += value * strip[i * kStrip + j];
      }
      std::copy(sum, sum + std::min(kStrip, b - begin), out + begin);
    }
  }
}

}  // namespace

template <class Scalar>
void StripedMatrix<Scalar>::assign(const Scalar* matrix, std::int64_t a, std::int64_t b, bool transposed) {
  const std::int64_t rows = transposed ? b : a, columns = transposed ? a : b;
  if (rows != n_rows_ || columns != n_columns_) {
    n_rows_ = rows;
    n_columns_ = columns;
    const std::int64_t n_strips = (columns + kStrip - 1) / kStrip;
    values_.assign(static_cast<std::size_t>(n_strips * rows * kStrip), Scalar(0));
  }
  Scalar* strip_row = values_.data();
  for (std::int64_t begin = 0; begin < n_columns_; begin += kStrip) {
    const std::int64_t n = std::min(kStrip, n_columns_ - begin);
    for (std::int64_t i = 0; i < n_rows_; ++i, strip_row += kStrip)
      if (transposed)
        for (std::int64_t j = 0; j < n; ++j) strip_row[j] = matrix[(begin + j) * b + i];
      else
        std::copy_n(matrix + i * b + begin, n, strip_row);
  }
}

template class StripedMatrix<float>;
template class StripedMatrix<double>;

SCOREFEM_VECTOR_VERSIONS
void multiply_rows(const float* x, const StripedMatrix<float>& matrix, std::int64_t rows, float* out) {
  multiply(x, matrix, rows, out);
}

SCOREFEM_VECTOR_VERSIONS
void multiply_rows(const double* x, const StripedMatrix<double>& matrix, std::int64_t rows, double* out) {
  multiply(x, matrix, rows, out);
}

}  // namespace scorefem::diffusion
