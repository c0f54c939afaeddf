#pragma once

#include <Eigen/Dense>

namespace scorefem::solver {

/// Dense row-major table: one sample a row. float64.
using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Vector = Eigen::VectorXd;

}  // namespace scorefem::solver
