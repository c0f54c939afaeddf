#pragma once

#include <Eigen/Dense>
#include <Eigen/SparseCore>

namespace scorefem::solver {

/// Dense row-major table: one sample a row. float64.
using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Vector = Eigen::VectorXd;
/// Vectors of unknowns side by side, one a column (column-major). float64.
using ColumnBlock = Eigen::MatrixXd;
using SparseMatrix = Eigen::SparseMatrix<double, Eigen::RowMajor, int>;

}  // namespace scorefem::solver
