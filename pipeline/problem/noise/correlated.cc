#include "pipeline/problem/noise/correlated.h"

#include <stdexcept>

#include "pipeline/base/csv.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/fingerprint.h"

namespace scorefem::problem {

using solver::Matrix;

CorrelatedNoise::CorrelatedNoise(const Matrix& covariance) {
  const double asymmetry = (covariance - covariance.transpose()).cwiseAbs().maxCoeff();
  const Eigen::LLT<Eigen::MatrixXd> factor(covariance);
  if (!(asymmetry <= 1e-12 * covariance.cwiseAbs().maxCoeff()) || factor.info() != Eigen::Success)
    throw std::invalid_argument("the covariance of the noise is not symmetric and positive definite");
  factor_ = factor.matrixL();
}

Matrix CorrelatedNoise::measure(const Matrix& clean, const Matrix& normal) const {
  Matrix noisy = clean;
  // Row by row: the rounding does not depend on the batch.
  for (Eigen::Index i = 0; i < clean.rows(); ++i)
    noisy.row(i) += (factor_ * normal.row(i).transpose()).transpose();
  return noisy;
}

Matrix CorrelatedNoise::standardise(const Matrix& values) const {
  Matrix result(values.rows(), values.cols());
  for (Eigen::Index i = 0; i < values.rows(); ++i) {
    const solver::Vector row = values.row(i);
    result.row(i) = factor_.triangularView<Eigen::Lower>().solve(row).transpose();
  }
  return result;
}

Mask CorrelatedNoise::known_coordinates(const Mask& there) const {
  Mask known = there;
  for (Eigen::Index j = 1; j < known.cols(); ++j) known.col(j) = known.col(j) && known.col(j - 1);
  return known;
}

std::string CorrelatedNoise::text(const Layout& /*observations*/) const {
  return "with a covariance";
}

void CorrelatedNoiseSetup::describe(configuration::Section& s) {
  s.required().file("file", file_, "CSV of the covariance, a row and a column for each observation");
}

std::shared_ptr<const Noise> CorrelatedNoiseSetup::make(const Layout& observations, double /*unit*/) const {
  const Eigen::Index m = observations.size();
  const Matrix covariance = base::read_csv(file_.path, static_cast<int>(m), base::MissingValues::rejected);
  if (covariance.rows() != m) {
    throw base::InputError(file_.path + ": " + std::to_string(covariance.rows()) + " rows; expected " +
                           std::to_string(m) + ", one for each observation");
  }
  try {
    return std::make_shared<CorrelatedNoise>(covariance);
  } catch (const std::invalid_argument& error) {
    throw base::InputError(file_.path + ": " + error.what());
  }
}

std::string CorrelatedNoiseSetup::file_fingerprint() const {
  return base::file_fingerprint(file_.path, "the covariance of the noise, a CSV");
}

}  // namespace scorefem::problem
