#pragma once

#include <cstdint>
#include <vector>

namespace scorefem::diffusion {

/// A small matrix laid out for multiply_rows(): its columns in strips of a width that the compiler keeps in
/// vector registers, the last one filled up with zeros.
template <class Scalar>
class StripedMatrix {
 public:
  static constexpr std::int64_t kStrip = 32;

  /// `matrix` [a, b], row-major; with `transposed` what is laid out is its transpose [b, a].
  void assign(const Scalar* matrix, std::int64_t a, std::int64_t b, bool transposed);

  std::int64_t n_rows() const { return n_rows_; }
  std::int64_t n_columns() const { return n_columns_; }
  /// [strips, n_rows, kStrip]
  const Scalar* data() const { return values_.data(); }

 private:
  std::int64_t n_rows_ = 0, n_columns_ = 0;
  std::vector<Scalar> values_;
};

/// out [rows, matrix.n_columns()] = x [rows, matrix.n_rows()] matrix, row-major. A row's result does not
/// depend on the others.
void multiply_rows(const float* x, const StripedMatrix<float>& matrix, std::int64_t rows, float* out);
void multiply_rows(const double* x, const StripedMatrix<double>& matrix, std::int64_t rows, double* out);

}  // namespace scorefem::diffusion
