#include "pipeline/calibration/ridge_regression.h"

namespace scorefem::calibration {

using solver::Matrix;

Matrix ridge_weights(const Matrix& features, const Matrix& targets, double ridge, RidgeForm form) {
  const Eigen::Index n = features.rows(), p = features.cols();
  // Positive where all features are zero.
  const double lambda = ridge * features.squaredNorm() / static_cast<double>(p) + 1e-300;
  const bool of_rows = form == RidgeForm::rows || (form == RidgeForm::smaller && n < p);
  Eigen::MatrixXd gram(of_rows ? n : p, of_rows ? n : p);
  if (of_rows)
    gram.noalias() = features * features.transpose();
  else
    gram.noalias() = features.transpose() * features;
  gram.diagonal().array() += lambda;
  const Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>> root(gram);  // in place
  if (of_rows) return features.transpose() * root.solve(targets);
  return root.solve(features.transpose() * targets);
}

}  // namespace scorefem::calibration
