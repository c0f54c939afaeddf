#include "pipeline/certificate/inverted.h"

#include <algorithm>
#include <cmath>

#include "pipeline/calibration/predictive_check.h"

namespace scorefem::certificate {
namespace {

using problem::Measurements;
using problem::Noise;
using solver::Matrix;
using solver::Vector;

/// Independent measurements side by side, each with the same noise.
class SideBySide : public Noise {
 public:
  SideBySide(std::shared_ptr<const Noise> of_one, Eigen::Index count)
      : of_one_(std::move(of_one)), count_(count) {}

  Matrix measure(const Matrix& clean, const Matrix& normal) const override {
    Matrix result(normal.rows(), normal.cols());
    for_each(normal.cols(), [&](Eigen::Index first, Eigen::Index m) {
      result.middleCols(first, m) = of_one_->measure(clean, normal.middleCols(first, m));
    });
    return result;
  }
  double level() const override { return of_one_->level(); }
  bool is_additive() const override { return of_one_->is_additive(); }
  bool is_unknown() const override { return of_one_->is_unknown(); }
  Matrix residuals(const Measurements& measurement, const Matrix& clean) const override {
    Matrix result(measurement.rows(), measurement.columns());
    for_each(measurement.columns(), [&](Eigen::Index first, Eigen::Index m) {
      result.middleCols(first, m) = of_one_->residuals(measurement.columns(first, m), clean);
    });
    return result;
  }
  Vector log_scale(const Measurements& measurement, const Matrix& clean) const override {
    Vector sum = Vector::Zero(measurement.rows());
    for_each(measurement.columns(), [&](Eigen::Index first, Eigen::Index m) {
      sum += of_one_->log_scale(measurement.columns(first, m), clean);
    });
    return sum;
  }

 private:
  /// Calls with the first column and the number of columns of each measurement.
  template <class Function>
  void for_each(Eigen::Index n_columns, const Function& of_columns) const {
    const Eigen::Index m = n_columns / count_;
    for (Eigen::Index k = 0; k < count_; ++k) of_columns(k * m, m);
  }

  std::shared_ptr<const Noise> of_one_;
  Eigen::Index count_;
};

/// Additive noise of another level.
class Scaled : public Noise {
 public:
  Scaled(std::shared_ptr<const Noise> base, double factor) : base_(std::move(base)), factor_(factor) {}

  Matrix measure(const Matrix& clean, const Matrix& normal) const override {
    return base_->measure(clean, factor_ * normal);
  }
  Matrix standardise(const Matrix& values) const override { return base_->standardise(values); }
  problem::Mask known_coordinates(const problem::Mask& there) const override {
    return base_->known_coordinates(there);
  }
  double level() const override { return factor_ * base_->level(); }
  bool is_additive() const override { return base_->is_additive(); }
  bool allows_masks() const override { return base_->allows_masks(); }

 private:
  std::shared_ptr<const Noise> base_;
  double factor_;
};

/// Over the measurements that are there; 0 where there is none.
struct Mean {
  Eigen::RowVectorXd value;
  Eigen::RowVectorXi count;
};
Mean mean_of(const Measurements& measurement) {
  const problem::Mask& there = measurement.there();
  Mean mean{there.select(measurement.values(), 0.0).colwise().sum(), there.cast<int>().colwise().sum()};
  for (Eigen::Index j = 0; j < mean.value.size(); ++j)
    if (mean.count(j) > 0) mean.value(j) /= mean.count(j);
  return mean;
}

/// All rows in one.
Measurements side_by_side(const Measurements& measurement) {
  const Eigen::Index m = measurement.columns();
  Matrix values(1, measurement.rows() * m);
  problem::Mask there(1, values.cols());
  for (Eigen::Index k = 0; k < measurement.rows(); ++k) {
    values.middleCols(k * m, m) = measurement.values().row(k);
    there.middleCols(k * m, m) = measurement.there().row(k);
  }
  return {std::move(values), std::move(there)};
}

}  // namespace

Inverted Inverted::each(Measurements measurement, std::shared_ptr<const Noise> noise) {
  return {measurement, noise, measurement, noise, true, ""};
}

Inverted Inverted::together(const Measurements& measurement, std::shared_ptr<const Noise> noise,
                            const diffusion::NoiseRange& trained) {
  constexpr double kSlack = 1e-3;  // relative, as where the network checks its level
  const Eigen::Index n = measurement.rows();
  const Mean mean = mean_of(measurement);
  Inverted result{{mean.value, mean.count.array() > 0},   noise, side_by_side(measurement),
                  std::make_shared<SideBySide>(noise, n), true,  ""};
  if (n == 1) return result;
  if (!noise->is_additive()) {
    result.difference = "the noise is not additive, so that the mean of the rows does not say all";
  } else {
    int fewest = static_cast<int>(n);
    for (const int count : mean.count)
      if (count > 0) fewest = std::min(fewest, count);
    if ((mean.count.array() != 0 && mean.count.array() != fewest).any())
      result.difference = "some observations are there more often than others";
    double level = noise->level() / std::sqrt(static_cast<double>(fewest));
    if (level < trained.minimum * (1 - kSlack)) {
      result.difference = "the network was not trained for the noise of a mean of so many rows, " +
                          std::to_string(level) + ", but for at least " + std::to_string(trained.minimum) +
                          " (training.noise_range)";
      level = trained.minimum;
    }
    if (noise->level() > 0) result.seen_noise = std::make_shared<Scaled>(noise, level / noise->level());
  }
  result.exact = result.difference.empty();
  return result;
}

double repetition_p_value(const Measurements& measurement, const Noise& noise) {
  if (!noise.is_additive() || !noise.has_likelihood() || measurement.rows() < 2) return 1;
  const Mean mean = mean_of(measurement);
  const Matrix residual = noise.residuals(measurement, mean.value.replicate(measurement.rows(), 1));
  const Eigen::Index freedom = (mean.count.array() - 1).cwiseMax(0).sum();
  if (freedom == 0) return 1;
  return calibration::predictive_p_value(Matrix::Constant(1, 1, residual.squaredNorm()), freedom);
}

}  // namespace scorefem::certificate
