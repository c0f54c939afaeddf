#include "pipeline/problem/measurements.h"

#include <limits>
#include <map>
#include <utility>

namespace scorefem::problem {

using solver::Matrix;

Measurements::Measurements(Matrix values)
    : values_(std::move(values)), there_(Mask::Constant(values_.rows(), values_.cols(), true)) {}

Measurements::Measurements(Matrix values, Mask there) : values_(std::move(values)), there_(std::move(there)) {
  for (Eigen::Index i = 0; i < values_.rows(); ++i)
    for (Eigen::Index j = 0; j < values_.cols(); ++j)
      if (!there_(i, j)) values_(i, j) = 0;
}

Measurements Measurements::from_nan(Matrix values) {
  Mask there = values.array() == values.array();
  return {std::move(values), std::move(there)};
}

Matrix Measurements::to_nan() const {
  return there_.select(values_, std::numeric_limits<double>::quiet_NaN());
}

Measurements Measurements::rows(const std::vector<Eigen::Index>& list) const {
  return {values_(list, Eigen::all), there_(list, Eigen::all)};
}

Measurements Measurements::rows(Eigen::Index first, Eigen::Index n) const {
  return {values_.middleRows(first, n), there_.middleRows(first, n)};
}

Measurements Measurements::columns(Eigen::Index first, Eigen::Index n) const {
  return {values_.middleCols(first, n), there_.middleCols(first, n)};
}

Measurements Measurements::repeated(Eigen::Index times) const {
  Matrix values(rows() * times, columns());
  Mask there(rows() * times, columns());
  for (Eigen::Index i = 0; i < rows(); ++i) {
    values.middleRows(i * times, times) = values_.row(i).replicate(times, 1);
    there.middleRows(i * times, times) = there_.row(i).replicate(times, 1);
  }
  return {std::move(values), std::move(there)};
}

std::vector<MaskGroup> Measurements::groups() const {
  std::vector<MaskGroup> groups;
  std::map<std::vector<Eigen::Index>, std::size_t> places;  // by the observations that are there
  for (Eigen::Index i = 0; i < rows(); ++i) {
    std::vector<Eigen::Index> there;
    for (Eigen::Index j = 0; j < columns(); ++j)
      if (there_(i, j)) there.push_back(j);
    const auto [place, is_new] = places.emplace(there, groups.size());
    if (is_new) groups.push_back({std::move(there), {}});
    groups[place->second].rows.push_back(i);
  }
  return groups;
}

}  // namespace scorefem::problem
