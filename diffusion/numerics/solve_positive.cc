#include "diffusion/numerics/solve_positive.h"

#include <Eigen/Cholesky>
#include <stdexcept>

namespace scorefem::diffusion {

RowMatrix solve_positive(const RowMatrix& covariance, const RowMatrix& right) {
  const Eigen::VectorXd scale = covariance.diagonal().cwiseMax(1e-300).cwiseSqrt().cwiseInverse();
  const Eigen::MatrixXd scaled = scale.asDiagonal() * covariance * scale.asDiagonal();
  for (double jitter = 1e-12;; jitter *= 10.0) {
    Eigen::MatrixXd shifted = scaled;
    shifted.diagonal().array() += jitter;
    const Eigen::LLT<Eigen::MatrixXd> factor(shifted);
    if (factor.info() == Eigen::Success) return scale.asDiagonal() * factor.solve(scale.asDiagonal() * right);
    if (jitter > 1e-3)
      throw std::runtime_error("the covariance of the measurements is not positive definite");
  }
}

}  // namespace scorefem::diffusion
