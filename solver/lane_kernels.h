#pragma once

#include <vector>

#include "solver/matrix.h"

namespace scorefem::solver {

/// Samples that are solved side by side.
constexpr int kLanes = 32;

/// One unknown in all lanes: a vector of unknowns is an array of Lanes, [n_unknowns, kLanes].
struct alignas(64) Lanes {
  double value[kLanes];
};

/// A dense matrix in panels of four rows, column by column within a panel, the last panel filled up with
/// zeros: the kernels read it once from front to back.
class PanelMatrix {
 public:
  PanelMatrix() = default;
  explicit PanelMatrix(const Matrix& matrix);
  int rows() const { return n_rows_; }
  int cols() const { return n_cols_; }
  const double* data() const { return values_.data(); }

 private:
  int n_rows_ = 0, n_cols_ = 0;
  std::vector<double> values_;
};

/// The inner loops, compiled for one instruction set. All lanes see the same operations in the same order, so
/// a sample's result does not depend on its lane or its neighbours.
struct LaneKernels {
  const char* instruction_set;

  /// out[i] = sum_k a(i, k) x[columns[k]]; out and x do not overlap.
  void (*product)(const double* panels, int n_rows, int n_cols, const int* columns, const Lanes* x,
                  Lanes* out);

  /// x[rows[i]] -= sum_k a(i, k) x[columns[k]]; rows and columns have nothing in common.
  void (*subtract_product)(const double* panels, int n_rows, int n_cols, const int* columns, const int* rows,
                           Lanes* x);

  /// out[i] = constant[i] - sum_k values[k] x[columns[k]]^2 over the k of row i (compressed sparse rows).
  void (*subtract_squares)(int n_rows, const int* row_begin, const int* columns, const double* values,
                           const double* constant, const Lanes* x, Lanes* out);

  /// For each lane over all rows: change = max |next - x|, size = max |base + next|, lowest = min (base +
  /// next); then x = next.
  void (*advance)(int n_rows, const double* base, const Lanes* next, Lanes* x, Lanes& change, Lanes& size,
                  Lanes& lowest);
};

/// The kernels that this processor can run, best first; the last one runs everywhere.
const std::vector<LaneKernels>& supported_lane_kernels();

}  // namespace scorefem::solver
