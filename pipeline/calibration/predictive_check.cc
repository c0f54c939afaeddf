#include "pipeline/calibration/predictive_check.h"

#include <torch/types.h>

#include <cmath>
#include <limits>

namespace scorefem::calibration {

using solver::Matrix;

Matrix chi_squared(const Matrix& predicted, const problem::Measurements& measurement,
                   const problem::Noise& noise) {
  Matrix values(predicted.rows(), 1);
  for (Eigen::Index i = 0; i < predicted.rows(); ++i) {
    const Matrix residual = noise.residuals(measurement, predicted.row(i));
    values(i, 0) = predicted.row(i).allFinite() ? residual.array().square().sum()
                                                : std::numeric_limits<double>::infinity();
  }
  return values;
}

double predictive_p_value(const Matrix& values, Eigen::Index n_observations) {
  // The upper tail of chi-squared is the regularised incomplete gamma function Q(n / 2, x / 2).
  const torch::Tensor half =
      torch::from_blob(const_cast<double*>(values.data()), {values.size()}, torch::kFloat64) / 2;
  const torch::Tensor shape = torch::full_like(half, 0.5 * static_cast<double>(n_observations));
  return torch::special_gammaincc(shape, half).mean().item<double>();
}

}  // namespace scorefem::calibration
