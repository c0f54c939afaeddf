#include "pipeline/posterior/stored_samples.h"

#include <cmath>
#include <utility>

#include "pipeline/dataset/tensor_copy.h"

namespace scorefem::posterior {

using solver::Matrix;

StoredSamples::StoredSamples(const study::Study& study, dataset::NetworkCoordinates coordinates)
    : coordinates_(std::move(coordinates)), bounds_(dataset::support(study, study.forward->unknowns())) {}

torch::Tensor StoredSamples::operator()(const torch::Tensor& samples) {
  const torch::Tensor block = samples.to(torch::kFloat32).contiguous();
  const Eigen::Index d = bounds_.rows();
  Eigen::Map<Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>> stored(
      block.data_ptr<float>(), block.numel() / d, d);
  if (!coordinates_.marginals.empty()) {
    const Matrix unknowns = coordinates_.unknowns(
        dataset::to_matrix(samples.reshape({block.numel() / d, static_cast<std::int64_t>(d)})));
    for (Eigen::Index j = 0; j < d; ++j) {
      for (Eigen::Index i = 0; i < stored.rows(); ++i) stored(i, j) = within(unknowns(i, j), j);
    }
  }
  for (Eigen::Index i = 0; i < stored.rows(); ++i) {
    const auto row = stored.row(i).cast<double>().transpose().array();
    outside_ += ((row < bounds_.col(0).array()) || (row > bounds_.col(1).array())).any() ? 1 : 0;
  }
  total_ += stored.rows();
  return block;
}

double StoredSamples::share_outside() const {
  return total_ > 0 ? static_cast<double>(outside_) / static_cast<double>(total_) : 0;
}

/// The nearest float that is within the bounds.
float StoredSamples::within(double value, Eigen::Index j) const {
  auto rounded = static_cast<float>(value);
  if (rounded < bounds_(j, 0)) rounded = std::nextafter(rounded, INFINITY);
  if (rounded > bounds_(j, 1)) rounded = std::nextafter(rounded, -INFINITY);
  return rounded;
}

void StoredSamples::add(std::int64_t total, std::int64_t outside) {
  total_ += total;
  outside_ += outside;
}

}  // namespace scorefem::posterior
