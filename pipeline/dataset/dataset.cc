#include "pipeline/dataset/dataset.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include "pipeline/base/errors.h"
#include "pipeline/problem/layout_file.h"
#include "pipeline/study/load_study.h"

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

[[noreturn]] void refuse_view(const base::Hdf5File& file, const std::string& shard,
                              const std::string& reason) {
  throw base::InputError(file.path() + ": a view of shards, of which " + shard + " " + reason);
}

/// A view of a file that is not there reads as NaN without an error: better to notice at once. So is a shard
/// that was made again since, with samples that may be others.
void require_sources(const base::Hdf5File& file, std::int64_t version) {
  const std::filesystem::path folder = std::filesystem::path(file.path()).parent_path();
  const std::map<std::string, std::string> contents = read_noted_contents(file);
  std::set<std::string> seen;
  for (const Split split : {Split::train, Split::test}) {
    for (const std::string& source : file.virtual_sources(ArrayNames(split, version).unknowns)) {
      if (!seen.insert(source).second) continue;
      const std::string path = (folder / source).string();
      if (!std::filesystem::is_regular_file(path))
        refuse_view(file, path, "is missing; generate it again, then `scorefem merge`");
      const auto noted = contents.find(source);
      if (noted == contents.end() || noted->second.empty()) continue;
      const base::Hdf5File shard = base::Hdf5File::open(path);
      if (!shard.has_attribute("/", "content") || shard.text_attribute("/", "content") != noted->second)
        refuse_view(file, path, "holds other samples than when it was merged; run `scorefem merge --force`");
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

study::Origin dataset_origin(const study::Study& study) {
  return {study::dataset_inputs(study), study::ResultVersion::kDataset, {}};
}

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

void Dataset::for_each_block(Split split,
                             const std::function<void(RowRange rows, SampleBlock& block)>& work) const {
  constexpr Eigen::Index kBlockRows = 10000;
  const Eigen::Index n = shape_.rows[split];
  for (Eigen::Index first = 0; first < n; first += kBlockRows) {
    const RowRange rows{first, std::min(first + kBlockRows, n)};
    SampleBlock block = read(split, rows.begin, rows.size());
    work(rows, block);
  }
}

std::vector<Eigen::Index> Dataset::failed_rows(Split split) const {
  std::vector<Eigen::Index> rows;
  for (const FailedSample& failure : failures_)
    if (failure.split == split) rows.push_back(failure.row);
  std::sort(rows.begin(), rows.end());
  return rows;
}

}  // namespace scorefem::dataset
