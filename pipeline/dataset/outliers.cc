#include "pipeline/dataset/outliers.h"

#include <algorithm>
#include <numeric>

#include "pipeline/base/order_statistics.h"

namespace scorefem::dataset {
namespace {

constexpr double kFactor = 1000;

/// The size of a typical sample: the median of all; where most samples are at the centre, as when a simulator
/// mostly returns zeros, or what rounding leaves of them, the median of those that are away from it. Outliers
/// are few: where more than a few are a thousand times as large as the median, these are the ones that vary.
/// @return 0 if no sample is away from the centre
double typical_size(std::vector<double> sizes) {
  constexpr std::size_t kFew = 3, kOneIn = 20;
  const std::size_t few = std::max(kFew, sizes.size() / kOneIn);
  while (!sizes.empty()) {
    const double median = base::quantile(sizes, 0.5);
    std::vector<double> larger;
    for (const double size : sizes)
      if (size > kFactor * median) larger.push_back(size);
    if (median > 0 && larger.size() <= few) return median;
    sizes = std::move(larger);  // fewer than half
  }
  return 0;
}

}  // namespace

void RowSizes::add(const solver::Matrix& observations, const std::vector<Eigen::Index>& rows) {
  rows_.insert(rows_.end(), rows.begin(), rows.end());
  for (Eigen::Index i = 0; i < observations.rows(); ++i) {
    means_.push_back(observations.row(i).mean());
    squares_.push_back(observations.row(i).array().square().mean());
  }
}

std::vector<Eigen::Index> RowSizes::outliers() const {
  // Fewer times as large, where one sample would still decide the spread of all.
  constexpr double kFactorOfOneThatDecides = 30, kShare = 0.05;
  std::vector<Eigen::Index> found;
  if (rows_.empty()) return found;
  const double centre = base::quantile(means_, 0.5);  // which no few rows decide
  std::vector<double> sizes;
  for (std::size_t i = 0; i < rows_.size(); ++i)
    sizes.push_back(std::max(squares_[i] - 2 * centre * means_[i] + centre * centre, 0.0));
  const double typical = typical_size(sizes);
  if (!(typical > 0)) return found;
  const double sum = std::accumulate(sizes.begin(), sizes.end(), 0.0);
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const bool decides = sizes[i] > kFactorOfOneThatDecides * typical && sizes[i] > kShare * sum;
    if (decides || sizes[i] > kFactor * typical) found.push_back(rows_[i]);
  }
  return found;
}

std::vector<Eigen::Index> outliers(const Dataset& dataset) {
  RowSizes sizes;
  dataset.for_each_block(Split::train, [&](RowRange range, const SampleBlock& block) {
    std::vector<Eigen::Index> rows;
    for (Eigen::Index i = 0; i < block.observations.rows(); ++i)
      if (block.observations.row(i).allFinite()) rows.push_back(i);
    const solver::Matrix solved = block.observations(rows, Eigen::all);
    for (Eigen::Index& row : rows) row += range.begin;
    sizes.add(solved, rows);
  });
  return sizes.outliers();
}

std::string rows_text(const std::vector<Eigen::Index>& rows) {
  constexpr std::size_t kNamed = 10;
  std::string text;
  for (std::size_t i = 0; i < std::min(rows.size(), kNamed); ++i)
    text += (i > 0 ? ", " : "") + std::to_string(rows[i]);
  return rows.size() > kNamed ? text + " and " + std::to_string(rows.size() - kNamed) + " more" : text;
}

void warn_of_outliers(const std::string& stage, const Dataset& dataset, base::RunLog& log) {
  const std::vector<Eigen::Index> found = outliers(dataset);
  if (found.empty()) return;
  log.warn("outliers", stage + ": " + dataset.path() + ": the observations of " +
                           std::to_string(found.size()) +
                           " training sample(s) are so much larger than a typical sample's that each would "
                           "count for many: rows " +
                           rows_text(found) +
                           " (from 0); they do not count for the unit of relative noise, but are trained on");
}

}  // namespace scorefem::dataset
