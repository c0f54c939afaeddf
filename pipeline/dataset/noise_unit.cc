#include "pipeline/dataset/noise_unit.h"

#include <cmath>
#include <optional>

#include "pipeline/base/errors.h"
#include "pipeline/dataset/outliers.h"

namespace scorefem::dataset {

namespace {

bool has_training_samples(const Dataset& dataset) {
  return static_cast<Eigen::Index>(dataset.failed_rows(Split::train).size()) <
         dataset.shape().rows[Split::train];
}

void require_training_samples(const Dataset& dataset) {
  if (has_training_samples(dataset)) return;
  const std::vector<FailedSample>& failures = dataset.failures();
  throw base::InputError(dataset.path() + ": no training sample has a solution" +
                         (failures.empty() ? "" : "; the first: " + failures.front().reason));
}

}  // namespace

double pooled_standard_deviation(const Dataset& dataset) {
  require_training_samples(dataset);
  double mean = 0;
  double squares = 0;  // sum of squared deviations from the mean
  double n = 0;
  const std::vector<Eigen::Index> left_out = outliers(dataset);
  dataset.for_each_block(Split::train, [&](RowRange rows, SampleBlock& block) {
    for (const Eigen::Index row : left_out)
      if (row >= rows.begin && row < rows.end) block.observations.row(row - rows.begin).setConstant(NAN);
    const solver::Matrix clean = block.finite().observations;
    if (clean.size() == 0) return;
    // Pairwise update of mean and squares (Chan, Golub and LeVeque, 1983).
    const auto m = static_cast<double>(clean.size());
    const double block_mean = clean.mean();
    const double shift = block_mean - mean;
    squares += (clean.array() - block_mean).square().sum() + shift * shift * n * m / (n + m);
    mean += shift * m / (n + m);
    n += m;
  });
  if (n == 0) throw base::InputError(dataset.path() + ": all training samples are outliers");
  return std::sqrt(squares / n);
}

void store_noise_unit(const std::string& path) {
  double unit = 0;
  {
    const Dataset dataset(path);
    if (!has_training_samples(dataset)) return;
    unit = pooled_standard_deviation(dataset);
  }
  base::Hdf5File file = base::Hdf5File::open(path, base::Hdf5File::Access::write);
  file.set_attribute("/", "noise_unit", unit);
  file.close();
}

double noise_unit(const Dataset& dataset) {
  require_training_samples(dataset);
  const std::optional<double> stored = dataset.noise_unit();
  return stored ? *stored : pooled_standard_deviation(dataset);
}

}  // namespace scorefem::dataset
