#include "pipeline/dataset/dataset.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>
#include <string_view>

#include "pipeline/base/errors.h"

namespace scorefem::dataset {
namespace {

struct ArrayInfo {
  std::string_view name;
  const char* unit;
  const char* axes;
};

constexpr ArrayInfo kFlux{"flux", "flux", "sample, segment"};
constexpr ArrayInfo kConcentration{"concentration", "concentration", "sample, sensor"};
constexpr ArrayInfo kNoise{"noise", "1 (standard normal draws; scaled by the noise level on reading)",
                           "sample, sensor"};
constexpr ArrayInfo kMask{"mask", "1 (1 on, 0 off)", "sample, sensor"};

void describe_array(base::Hdf5File& file, const std::string& array, const char* unit, const char* axes) {
  file.set_attribute(array, "unit", std::string(unit));
  file.set_attribute(array, "axes", std::string(axes));
}

std::string array_path(Split split, const ArrayInfo& info) {
  return "/" + split_name(split) + "/" + std::string(info.name);
}

solver::Matrix read_array(const base::Hdf5File& file, const std::string& array, Eigen::Index first,
                          Eigen::Index n, Eigen::Index columns) {
  solver::Matrix values(n, columns);
  file.read_rows(array, static_cast<hsize_t>(first), static_cast<hsize_t>(n), values.data());
  return values;
}

/// Calls create(array, split, extents) for the arrays of both splits and adds what describes them.
template <class Create>
void create_described(base::Hdf5File& file, const DatasetShape& shape, const Create& create) {
  for (const Split split : {Split::train, Split::test}) {
    file.create_group("/" + split_name(split));
    for (const ArrayInfo& info : {kFlux, kConcentration, kNoise, kMask}) {
      const Eigen::Index columns = info.name == kFlux.name ? shape.n_segments : shape.n_sensors;
      const std::string array = array_path(split, info);
      create(array, split, {static_cast<hsize_t>(shape.rows[split]), static_cast<hsize_t>(columns)});
      describe_array(file, array, info.unit, info.axes);
    }
  }
}

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

/// Where a view notes the fingerprints of what it shows: the shards' files, in order.
constexpr const char* kShardFiles = "/shards/file";
constexpr const char* kShardContents = "/shards/content";

[[noreturn]] void refuse_view(const base::Hdf5File& file, const std::string& shard, const std::string& reason) {
  throw base::InputError(file.path() + ": a view of shards, of which " + shard + " " + reason);
}

/// A view of a file that is not there reads as NaN without an error: better to notice at once. So does a shard
/// that was made again, whose samples may be others.
void require_sources(const base::Hdf5File& file) {
  const std::filesystem::path folder = std::filesystem::path(file.path()).parent_path();
  std::map<std::string, std::string> contents;
  if (file.contains(kShardFiles)) {
    const std::vector<std::string> names = file.read_texts(kShardFiles), noted = file.read_texts(kShardContents);
    for (std::size_t i = 0; i < std::min(names.size(), noted.size()); ++i) contents[names[i]] = noted[i];
  }
  std::set<std::string> seen;
  for (const Split split : {Split::train, Split::test}) {
    for (const std::string& source : file.virtual_sources(array_path(split, kFlux))) {
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

}  // namespace

SampleBlock SampleBlock::finite() const {
  std::vector<Eigen::Index> rows;
  for (Eigen::Index i = 0; i < concentration.rows(); ++i) {
    if (concentration.row(i).allFinite()) rows.push_back(i);
  }
  if (static_cast<Eigen::Index>(rows.size()) == concentration.rows()) return *this;
  return {flux(rows, Eigen::all), concentration(rows, Eigen::all), noise(rows, Eigen::all),
          mask(rows, Eigen::all)};
}

void create_dataset_arrays(base::Hdf5File& file, const DatasetShape& shape) {
  create_described(file, shape, [&](const std::string& array, Split, const base::Hdf5File::Extents& extents) {
    file.create_array(array, extents);
  });
}

void create_dataset_views(base::Hdf5File& file, const DatasetShape& shape,
                          const std::vector<StoredRows>& parts) {
  create_described(file, shape,
                   [&](const std::string& array, Split split, const base::Hdf5File::Extents& extents) {
                     std::vector<base::Hdf5File::SourceRows> sources;
                     for (const StoredRows& part : parts) {
                       if (part.rows[split] > 0)
                         sources.push_back({part.file, static_cast<hsize_t>(part.rows[split])});
                     }
                     file.create_view(array, extents, sources);
                   });
  std::vector<std::string> names, contents;
  for (const StoredRows& part : parts) {
    names.push_back(part.file);
    contents.push_back(part.content);
  }
  file.create_group("/shards");
  file.write_texts(kShardFiles, names);
  file.write_texts(kShardContents, contents);
}

void write_block(base::Hdf5File& file, Split split, Eigen::Index first, const SampleBlock& block) {
  const auto n = static_cast<hsize_t>(block.flux.rows());
  const auto row = static_cast<hsize_t>(first);
  file.write_rows(array_path(split, kFlux), row, n, block.flux.data());
  file.write_rows(array_path(split, kConcentration), row, n, block.concentration.data());
  file.write_rows(array_path(split, kNoise), row, n, block.noise.data());
  file.write_rows(array_path(split, kMask), row, n, block.mask.data());
}

SampleBlock read_block(const base::Hdf5File& file, const DatasetShape& shape, Split split, Eigen::Index first,
                       Eigen::Index n) {
  return {read_array(file, array_path(split, kFlux), first, n, shape.n_segments),
          read_array(file, array_path(split, kConcentration), first, n, shape.n_sensors),
          read_array(file, array_path(split, kNoise), first, n, shape.n_sensors),
          read_array(file, array_path(split, kMask), first, n, shape.n_sensors)};
}

void write_failures(base::Hdf5File& file, const std::vector<FailedSample>& failures) {
  if (file.contains("/failures")) file.remove("/failures");
  if (failures.empty()) return;
  file.create_group("/failures");
  solver::Matrix rows(static_cast<Eigen::Index>(failures.size()), 2);
  std::vector<std::string> reasons;
  for (const FailedSample& failure : failures) {
    const auto i = static_cast<Eigen::Index>(reasons.size());
    rows.row(i) << static_cast<double>(failure.split), static_cast<double>(failure.row);
    reasons.push_back(failure.reason);
  }
  file.write_matrix("/failures/row", rows);
  describe_array(file, "/failures/row", "1", "failure, (split: 0 train 1 test, row)");
  file.write_texts("/failures/reason", reasons);
}

std::vector<FailedSample> read_failures(const base::Hdf5File& file) {
  std::vector<FailedSample> failures;
  if (!file.contains("/failures")) return failures;
  const solver::Matrix rows = file.read_matrix("/failures/row");
  const std::vector<std::string> reasons = file.read_texts("/failures/reason");
  if (rows.cols() != 2 || rows.rows() != static_cast<Eigen::Index>(reasons.size())) {
    throw base::InputError(file.path() + ": the arrays of /failures disagree");
  }
  for (Eigen::Index i = 0; i < rows.rows(); ++i) {
    failures.push_back({rows(i, 0) == 0 ? Split::train : Split::test, static_cast<Eigen::Index>(rows(i, 1)),
                        reasons[static_cast<std::size_t>(i)]});
  }
  return failures;
}

void write_geometry(base::Hdf5File& file, const std::vector<solver::SensorPosition>& sensors,
                    const std::vector<solver::FluxSegment>& segments) {
  solver::Matrix positions(static_cast<Eigen::Index>(sensors.size()), 2);
  for (std::size_t i = 0; i < sensors.size(); ++i) {
    positions.row(static_cast<Eigen::Index>(i)) << sensors[i][0], sensors[i][1];
  }
  file.write_matrix("/sensors", positions);
  describe_array(file, "/sensors", "length", "sensor, (x, y)");
  solver::Matrix table(static_cast<Eigen::Index>(segments.size()), 3);
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const solver::FluxSegment& segment = segments[i];
    table.row(static_cast<Eigen::Index>(i)) << (segment.wall == solver::Wall::lower ? 0 : 1), segment.x_begin,
        segment.x_end;
  }
  file.write_matrix("/segments", table);
  describe_array(file, "/segments", "length", "segment, (wall: 0 lower 1 upper, x_begin, x_end)");
}

void write_response(base::Hdf5File& file, const solver::Matrix& response) {
  file.write_matrix("/response", response);
  describe_array(file, "/response", "concentration per flux", "sensor, segment");
}

void write_fields(base::Hdf5File& file, const std::vector<solver::Field>& fields) {
  if (fields.empty()) return;
  const auto n_y = static_cast<hsize_t>(fields[0].y.size());
  const auto n_x = static_cast<hsize_t>(fields[0].x.size());
  file.create_array("/test/field", {fields.size(), n_y, n_x});
  describe_array(file, "/test/field", "concentration", "sample, y, x");
  for (std::size_t i = 0; i < fields.size(); ++i)
    file.write_rows("/test/field", i, 1, fields[i].concentration.data());
  file.create_array("/field_x", {n_x});
  file.write_rows("/field_x", 0, n_x, fields[0].x.data());
  describe_array(file, "/field_x", "length", "x");
  file.create_array("/field_y", {n_y});
  file.write_rows("/field_y", 0, n_y, fields[0].y.data());
  describe_array(file, "/field_y", "length", "y");
}

void require_type(const base::Hdf5File& file, const std::string& type) {
  if (!file.has_attribute("/", "type") || file.text_attribute("/", "type") != type) {
    throw base::InputError(file.path() +
                           ": not a ScoreFEM file of the kind expected here (attribute type is not '" + type +
                           "')");
  }
  const double format = file.number_attribute("/", "format_version");
  if (format != static_cast<double>(kDatasetFormatVersion)) {
    throw base::InputError(file.path() + ": format version " + std::to_string(static_cast<long>(format)) +
                           "; this program reads version " + std::to_string(kDatasetFormatVersion) +
                           ". Generate the data set again");
  }
}

DatasetShape read_shape(const base::Hdf5File& file) {
  DatasetShape shape{};
  for (const Split split : {Split::train, Split::test}) {
    const base::Hdf5File::Extents flux = file.extents(array_path(split, kFlux));
    const base::Hdf5File::Extents concentration = file.extents(array_path(split, kConcentration));
    if (flux.size() != 2 || concentration.size() != 2 || flux[0] != concentration[0] ||
        file.extents(array_path(split, kNoise)) != concentration ||
        file.extents(array_path(split, kMask)) != concentration) {
      throw base::InputError(file.path() + ": the arrays of /" + split_name(split) +
                             " are missing or their shapes disagree; expected flux [n, segments] and "
                             "concentration, noise, mask [n, sensors]");
    }
    shape.rows.rows[static_cast<std::size_t>(split)] = static_cast<Eigen::Index>(flux[0]);
    shape.n_segments = static_cast<Eigen::Index>(flux[1]);
    shape.n_sensors = static_cast<Eigen::Index>(concentration[1]);
  }
  return shape;
}

Dataset::Dataset(const std::string& path) : file_(base::Hdf5File::open(path)) {
  require_type(file_, "scorefem dataset");
  shape_ = read_shape(file_);
  require_sources(file_);
  failures_ = read_failures(file_);
}

SampleBlock Dataset::read(Split split, Eigen::Index first, Eigen::Index n) const {
  SampleBlock block = read_block(file_, shape_, split, first, n);
  solver::Matrix solved = block.concentration;
  for (const FailedSample& failure : failures_) {
    const Eigen::Index row = failure.row - first;
    if (failure.split == split && row >= 0 && row < n) solved.row(row).setZero();
  }
  const auto require = [&](const solver::Matrix& values, const ArrayInfo& info) {
    require_finite(values, file_.path() + ": " + array_path(split, info), first);
  };
  require(block.flux, kFlux);
  require(solved, kConcentration);
  require(block.noise, kNoise);
  require(block.mask, kMask);
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
    const solver::Matrix clean = dataset.read(Split::train, first, n_block_rows).finite().concentration;
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
