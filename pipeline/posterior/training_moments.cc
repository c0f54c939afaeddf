#include "pipeline/posterior/training_moments.h"

#include <stdexcept>

#include "pipeline/posterior/matrix_text.h"

namespace scorefem::posterior {

using solver::Matrix;

namespace {

// Keys of the metadata.
constexpr const char* kNumber = "training_moments_rows";
constexpr const char* kMean = "training_mean";
constexpr const char* kCovariance = "training_covariance";

/// The lower triangle, row by row.
Matrix triangle(const Matrix& symmetric) {
  const Eigen::Index p = symmetric.rows();
  Matrix packed(1, p * (p + 1) / 2);
  for (Eigen::Index i = 0; i < p; ++i)
    packed.block(0, i * (i + 1) / 2, 1, i + 1) = symmetric.block(i, 0, 1, i + 1);
  return packed;
}

Matrix from_triangle(const Matrix& packed, Eigen::Index p) {
  if (packed.size() != p * (p + 1) / 2) {
    throw std::invalid_argument(std::string(kCovariance) + ": " + std::to_string(packed.size()) +
                                " numbers; expected " + std::to_string(p * (p + 1) / 2));
  }
  Matrix symmetric(p, p);
  for (Eigen::Index i = 0; i < p; ++i) {
    symmetric.block(i, 0, 1, i + 1) = packed.block(0, i * (i + 1) / 2, 1, i + 1);
    symmetric.block(0, i, i, 1) = symmetric.block(i, 0, 1, i).transpose();
  }
  return symmetric;
}

}  // namespace

void TrainingMoments::add(const Matrix& rows) {
  if (rows.rows() == 0) return;
  const auto had = static_cast<double>(n), more = static_cast<double>(rows.rows()), all = had + more;
  const Eigen::RowVectorXd their_mean = rows.colwise().mean();
  const Matrix centred = rows.rowwise() - their_mean;
  Matrix sum = centred.transpose() * centred;
  if (n == 0) {
    mean = their_mean;
  } else {
    const Eigen::RowVectorXd between = their_mean - mean;
    sum += had * covariance + had * more / all * between.transpose() * between;
    mean += more / all * between;
  }
  covariance = sum / all;
  n += rows.rows();
}

void add_moments(const TrainingMoments& moments, Metadata& metadata) {
  constexpr Eigen::Index kFloat64 = 300;  // columns
  metadata[kNumber] = std::to_string(moments.n);
  metadata[kMean] = matrix_text(moments.mean);
  metadata[kCovariance] =
      matrix_text(triangle(moments.covariance),
                  moments.mean.size() > kFloat64 ? StoredNumber::float32 : StoredNumber::float64);
}

TrainingMoments moments_of(const Metadata& metadata) {
  if (metadata.count(kNumber) == 0 || metadata.count(kMean) == 0 || metadata.count(kCovariance) == 0)
    return {};
  TrainingMoments moments;
  moments.n = static_cast<Eigen::Index>(std::stoll(metadata.at(kNumber)));
  moments.mean = matrix_from_text(metadata.at(kMean)).row(0);
  moments.covariance = from_triangle(matrix_from_text(metadata.at(kCovariance)), moments.mean.size());
  return moments;
}

}  // namespace scorefem::posterior
