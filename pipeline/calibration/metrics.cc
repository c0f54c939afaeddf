#include "pipeline/calibration/metrics.h"

#include <cmath>

namespace scorefem::calibration {

using solver::Matrix;
using solver::Vector;

UnknownMetrics unknown_metrics(const base::PosteriorMoments& posterior, const Matrix& truth,
                               const Vector& mean_size) {
  const Matrix error = (posterior.mean - truth).cwiseAbs();
  const auto share_within = [&](double n_sd) -> Vector {
    return (error.array() <= n_sd * posterior.standard_deviation.array()).cast<double>().colwise().mean();
  };
  return {error.colwise().mean().transpose().cwiseQuotient(mean_size),
          posterior.standard_deviation.colwise().mean(), share_within(1), share_within(2)};
}

base::PosteriorMoments sample_moments(const Matrix& samples) {
  base::PosteriorMoments moments{Matrix(1, samples.cols()), Matrix(1, samples.cols())};
  moments.mean = samples.colwise().mean();
  moments.standard_deviation = column_std(samples).transpose();
  return moments;
}

Matrix in_units(const Matrix& values, const Vector& unit) {
  return values.array().rowwise() / unit.transpose().array();
}

Vector column_std(const Matrix& values) {
  const Eigen::RowVectorXd mean = values.colwise().mean();
  const auto degrees = static_cast<double>(values.rows() - 1);
  return ((values.rowwise() - mean).cwiseAbs2().colwise().sum() / degrees).cwiseSqrt().transpose();
}

double mean_of_known(const Vector& values) {
  const auto known = values.array() == values.array();
  return known.select(values.array(), 0.0).sum() / static_cast<double>(known.count());
}

MeanWithError mean_relative_error(const base::PosteriorMoments& posterior, const Matrix& truth,
                                  const Vector& mean_size) {
  // The first unknown's size is taken out last: what is of one unit is not rounded twice.
  const Vector unit = mean_size / mean_size(0);
  const Matrix mean = in_units(posterior.mean, unit), at = in_units(truth, unit);
  const Matrix per_measurement = (mean - at).cwiseAbs().rowwise().mean() / mean_size(0);
  const auto n = static_cast<double>(truth.rows());
  return {per_measurement.mean(), truth.rows() > 1 ? column_std(per_measurement)(0) / std::sqrt(n) : NAN};
}

Matrix thinned(const Matrix& samples, Eigen::Index n) {
  Matrix rows(n, samples.cols());
  for (Eigen::Index k = 0; k < n; ++k) rows.row(k) = samples.row(k * samples.rows() / n);
  return rows;
}

}  // namespace scorefem::calibration
