#include "pipeline/dataset/dataset.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "pipeline/base/errors.h"
#include "pipeline/problem/layout_file.h"

namespace scorefem::dataset {
namespace {

void require_finite(const solver::Matrix& values, const std::string& array, Eigen::Index first_row) {
  if (values.allFinite()) return;
  for (Eigen::Index i = 0; i < values.rows(); ++i) {
    for (Eigen::Index j = 0; j < values.cols(); ++j) {
      if (std::isfinite(values(i, j))) continue;
      throw base::InputError(array + ", row " + std::to_string(first_row + i) + ", column " +
                             std::to_string(j) + " (counted from 0) is " + std::to_string(values(i, j)) +
                             "; expected a finite number in every sample that is not listed in /failures");
    }
  }
}

/// A view of a file that is not there reads as NaN without an error: better to notice at once.
void require_sources(const base::Hdf5File& file, std::int64_t version) {
  const std::filesystem::path folder = std::filesystem::path(file.path()).parent_path();
  for (const Split split : {Split::train, Split::test}) {
    for (const std::string& source : file.virtual_sources(ArrayNames(split, version).unknowns)) {
      if (std::filesystem::is_regular_file(folder / source)) continue;
      throw base::InputError(file.path() + ": a view of shards, of which " + (folder / source).string() +
                             " is missing; generate it again, then `scorefem merge`");
    }
  }
}

/// Format 1 knew the channel alone: walls, segments and sensors.
problem::Layout unknowns_of_channel(const base::Hdf5File& file) {
  std::vector<problem::Component> components;
  const solver::Matrix segments = file.read_matrix("/segments");
  const Eigen::Index per_wall = segments.rows() / 2;
  for (Eigen::Index i = 0; i < segments.rows(); ++i) {
    const std::string wall = segments(i, 0) == 0 ? "lower" : "upper";
    components.push_back({wall + " " + std::to_string(i % per_wall + 1),
                          wall + " wall",
                          {(segments(i, 1) + segments(i, 2)) / 2},
                          "flux"});
  }
  return problem::Layout(std::move(components));
}

problem::Layout sensors_of_channel(const base::Hdf5File& file) {
  std::vector<problem::Component> components;
  const solver::Matrix sensors = file.read_matrix("/sensors");
  for (Eigen::Index i = 0; i < sensors.rows(); ++i) {
    components.push_back(
        {"sensor " + std::to_string(i + 1), "", {sensors(i, 0), sensors(i, 1)}, "concentration"});
  }
  return problem::Layout(std::move(components));
}

Layouts read_layouts(const base::Hdf5File& file, const DatasetShape& shape) {
  Layouts layouts;
  if (shape.format_version == 1) {
    layouts = {unknowns_of_channel(file), sensors_of_channel(file)};
  } else {
    layouts = {problem::read_layout(file, "/unknowns"), problem::read_layout(file, "/observations")};
  }
  if (layouts.unknowns.size() != shape.n_unknowns || layouts.observations.size() != shape.n_observations)
    throw base::InputError(file.path() + ": its layouts and its arrays differ in size");
  return layouts;
}

}  // namespace

void require_type(const base::Hdf5File& file, const std::string& type) {
  if (!file.has_attribute("/", "type") || file.text_attribute("/", "type") != type) {
    throw base::InputError(file.path() +
                           ": not a ScoreFEM file of the kind expected here (attribute type is not '" + type +
                           "')");
  }
  const double format = file.number_attribute("/", "format_version");
  if (format < 1 || format > static_cast<double>(kDatasetFormatVersion)) {
    throw base::InputError(file.path() + ": format version " + std::to_string(static_cast<long>(format)) +
                           "; this program reads versions 1 to " + std::to_string(kDatasetFormatVersion) +
                           ". Generate the data set again");
  }
}

Dataset::Dataset(const std::string& path) : file_(base::Hdf5File::open(path)) {
  require_type(file_, "scorefem dataset");
  shape_ = read_shape(file_);
  require_sources(file_, shape_.format_version);
  layouts_ = read_layouts(file_, shape_);
  failures_ = read_failures(file_);
}

SampleBlock Dataset::read(Split split, Eigen::Index first, Eigen::Index n) const {
  SampleBlock block = read_block(file_, shape_, split, first, n);
  if (!shape_.has_noise) {
    const auto seed = static_cast<std::uint64_t>(file_.number_attribute("/", "seed"));
    block.noise = draw_noise(seed, split, first, n, shape_.n_observations);
  }
  solver::Matrix solved = block.observations;
  for (const FailedSample& failure : failures_) {
    const Eigen::Index row = failure.row - first;
    if (failure.split == split && row >= 0 && row < n) solved.row(row).setZero();
  }
  const ArrayNames names(split, shape_.format_version);
  const auto require = [&](const solver::Matrix& values, const std::string& array) {
    require_finite(values, file_.path() + ": " + array, first);
  };
  require(block.unknowns, names.unknowns);
  require(solved, names.observations);
  require(block.noise, names.noise);
  require(block.mask, names.mask);
  return block;
}

double pooled_standard_deviation(const Dataset& dataset) {
  constexpr Eigen::Index kBlockRows = 10000;  // the data set may be larger than the memory
  const Eigen::Index n_rows = dataset.shape().rows[Split::train];
  double mean = 0;
  double squares = 0;  // sum of squared deviations from the mean
  double n = 0;
  for (Eigen::Index first = 0; first < n_rows; first += kBlockRows) {
    const Eigen::Index n_block_rows = std::min(kBlockRows, n_rows - first);
    const solver::Matrix clean = dataset.read(Split::train, first, n_block_rows).finite().observations;
    if (clean.size() == 0) continue;
    // Pairwise update of mean and squares (Chan, Golub and LeVeque, 1983).
    const auto m = static_cast<double>(clean.size());
    const double block_mean = clean.mean();
    const double shift = block_mean - mean;
    squares += (clean.array() - block_mean).square().sum() + shift * shift * n * m / (n + m);
    mean += shift * m / (n + m);
    n += m;
  }
  if (n == 0) throw base::InputError("the data set has no training sample with a solution");
  return std::sqrt(squares / n);
}

}  // namespace scorefem::dataset
