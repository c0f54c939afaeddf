#include "pipeline/problem/forward_model.h"

#include <stdexcept>

namespace scorefem::problem {

using solver::Matrix;

Matrix ForwardModel::gradients(const Matrix& /*unknowns*/, const Matrix& /*sensitivity*/) {
  throw std::logic_error("ForwardModel::gradients: this model has none");
}

Matrix ForwardModel::apply_jacobian(const Matrix& /*unknowns*/, const Matrix& /*direction*/) {
  throw std::logic_error("ForwardModel::apply_jacobian: this model has none");
}

std::vector<Matrix> jacobians(ForwardModel& model, const Matrix& unknowns, Eigen::Index n_observations) {
  const ForwardModel::Derivatives offered = model.derivatives();
  if (!offered.gradient && !offered.jacobian) return {};
  const Eigen::Index d = unknowns.cols();
  const bool by_rows = offered.gradient && (!offered.jacobian || n_observations < d);
  const Eigen::Index calls = by_rows ? n_observations : d;
  // All of them in one batch: a row of unknowns for each unit vector.
  Matrix points(unknowns.rows() * calls, d);
  for (Eigen::Index i = 0; i < unknowns.rows(); ++i)
    points.middleRows(i * calls, calls) = unknowns.row(i).replicate(calls, 1);
  const Matrix units = Matrix::Identity(calls, calls).replicate(unknowns.rows(), 1);
  const Matrix values = by_rows ? model.gradients(points, units) : model.apply_jacobian(points, units);
  std::vector<Matrix> result;
  for (Eigen::Index i = 0; i < unknowns.rows(); ++i) {
    const auto block = values.middleRows(i * calls, calls);
    result.push_back(by_rows ? Matrix(block) : Matrix(block.transpose()));
  }
  return result;
}

}  // namespace scorefem::problem
