#include <algorithm>
#include <cmath>

#include "pipeline/posterior/training_distance.h"

namespace scorefem::posterior {

using problem::Measurements;
using solver::Matrix;
using solver::Vector;

namespace {

/// Squared sizes r' P r of rows r, and what each loses without one observation.
class Sizes {
 public:
  /// @param rows [n, p] @param precision [p, p] @param directions [p, m] to which one of m observations adds
  Sizes(const Matrix& rows, const Matrix& precision, const Matrix& directions)
      : pulled_(rows * precision * directions),
        squared_((rows * precision).cwiseProduct(rows).rowwise().sum()) {
    const Matrix own = (precision * directions).cwiseProduct(directions);
    weights_ = own.colwise().sum();
  }
  /// [n] without observation j; of rows that do not depend on it, all.
  Vector without(Eigen::Index j) const {
    constexpr double kNone = 1e-24;  // relative
    if (weights_(j) <= kNone * weights_.maxCoeff()) return squared_;
    return (squared_.array() - pulled_.col(j).array().square() / weights_(j)).max(0.0);
  }

 private:
  Matrix pulled_;               // [n, m]
  Vector squared_;              // [n]
  Eigen::RowVectorXd weights_;  // [m]
};

}  // namespace

Matrix TrainingMeasurements::p_values_without_one(const Measurements& measurements) const {
  Matrix result = Matrix::Zero(measurements.rows(), measurements.columns());
  for (const auto& [on, rows] : measurements.groups()) {
    const auto m = static_cast<Eigen::Index>(on.size());
    if (m < 2) continue;
    const auto among = condition(on);
    const Matrix identity = Matrix::Identity(m, m);
    const Matrix precision = among->factor.solve(identity);
    const Matrix values = measurements.values()(rows, on);
    const Eigen::RowVectorXd mean = mean_(on);
    const Matrix deviations = values.rowwise() - mean;
    const Sizes own(deviations, precision, identity);
    const Sizes held_out(centred_(Eigen::all, on), precision, identity);
    for (Eigen::Index j = 0; j < m; ++j) {
      const HeldOutSizes sizes(held_out.without(j));
      const Vector size = own.without(j);
      for (std::size_t i = 0; i < rows.size(); ++i)
        result(rows[i], on[static_cast<std::size_t>(j)]) =
            sizes.two_sided(size(static_cast<Eigen::Index>(i)));
    }
    const Eigen::Index k = among->noise_axes.cols();
    if (k < 2) continue;  // without one of them there is nothing to look at
    Matrix parts(static_cast<Eigen::Index>(rows.size()), k);
    for (std::size_t i = 0; i < rows.size(); ++i)
      parts.row(static_cast<Eigen::Index>(i)) =
          standard_deviation_of(on, measurements.row(rows[i])) * among->noise_axes;
    const Matrix directions = (transform_(on, on) * among->noise_axes).transpose();
    const Matrix all = Matrix::Identity(k, k);
    const Sizes own_noise(parts, all, directions);
    const Sizes held_out_noise(standard_(Eigen::all, on) * among->noise_axes, all, directions);
    for (Eigen::Index j = 0; j < m; ++j) {
      const HeldOutSizes sizes(held_out_noise.without(j));
      const Vector size = own_noise.without(j);
      for (std::size_t i = 0; i < rows.size(); ++i) {
        double& p = result(rows[i], on[static_cast<std::size_t>(j)]);
        p = std::min(p, sizes.two_sided(size(static_cast<Eigen::Index>(i))));
      }
    }
  }
  return result;
}

}  // namespace scorefem::posterior
