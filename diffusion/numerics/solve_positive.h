#pragma once

#include <Eigen/Core>

namespace scorefem::diffusion {

/// Row-major, as tensors are.
using RowMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Solves `covariance` x = `right` for a symmetric positive matrix [n, n] that may be singular: scaled to a
/// unit diagonal and, as far as a factorisation needs it, with a diagonal as small as rounding added. Throws
/// std::runtime_error if it is far from positive.
RowMatrix solve_positive(const RowMatrix& covariance, const RowMatrix& right);

}  // namespace scorefem::diffusion
