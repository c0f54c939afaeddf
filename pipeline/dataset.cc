#include "pipeline/dataset.h"

#include <cmath>
#include <string_view>

#include "pipeline/errors.h"

namespace scorefem {
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

void describe_array(Hdf5File& file, const std::string& array, const char* unit, const char* axes) {
  file.set_attribute(array, "unit", std::string(unit));
  file.set_attribute(array, "axes", std::string(axes));
}

std::string array_path(Split split, const ArrayInfo& info) {
  return "/" + split_name(split) + "/" + std::string(info.name);
}

solver::Matrix read_array(const Hdf5File& file, const std::string& array, Eigen::Index first, Eigen::Index n,
                          Eigen::Index columns) {
  solver::Matrix values(n, columns);
  file.read_rows(array, static_cast<hsize_t>(first), static_cast<hsize_t>(n), values.data());
  return values;
}

}  // namespace

std::string split_name(Split split) {
  return split == Split::train ? "train" : "test";
}

SampleBlock SampleBlock::finite() const {
  std::vector<Eigen::Index> rows;
  for (Eigen::Index i = 0; i < concentration.rows(); ++i) {
    if (concentration.row(i).allFinite()) rows.push_back(i);
  }
  if (static_cast<Eigen::Index>(rows.size()) == concentration.rows()) return *this;
  return {flux(rows, Eigen::all), concentration(rows, Eigen::all), noise(rows, Eigen::all),
          mask(rows, Eigen::all)};
}

void create_dataset_arrays(Hdf5File& file, const DatasetShape& shape) {
  for (const Split split : {Split::train, Split::test}) {
    file.create_group("/" + split_name(split));
    for (const ArrayInfo& info : {kFlux, kConcentration, kNoise, kMask}) {
      const bool per_segment = info.name == kFlux.name;
      const std::string array = array_path(split, info);
      file.create_array(array, {static_cast<hsize_t>(shape.rows[static_cast<std::size_t>(split)]),
                                static_cast<hsize_t>(per_segment ? shape.n_segments : shape.n_sensors)});
      describe_array(file, array, info.unit, info.axes);
    }
  }
}

void write_block(Hdf5File& file, Split split, Eigen::Index first, const SampleBlock& block) {
  const auto n = static_cast<hsize_t>(block.flux.rows());
  const auto row = static_cast<hsize_t>(first);
  file.write_rows(array_path(split, kFlux), row, n, block.flux.data());
  file.write_rows(array_path(split, kConcentration), row, n, block.concentration.data());
  file.write_rows(array_path(split, kNoise), row, n, block.noise.data());
  file.write_rows(array_path(split, kMask), row, n, block.mask.data());
}

void write_geometry(Hdf5File& file, const std::vector<solver::SensorPosition>& sensors,
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

void write_response(Hdf5File& file, const solver::Matrix& response) {
  file.write_matrix("/response", response);
  describe_array(file, "/response", "concentration per flux", "sensor, segment");
}

void write_fields(Hdf5File& file, const std::vector<solver::Field>& fields) {
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

Dataset::Dataset(const std::string& path) : file_(Hdf5File::open(path)) {
  if (!file_.has_attribute("/", "type") || file_.text_attribute("/", "type") != "scorefem dataset") {
    throw InputError(path + ": not a ScoreFEM data set (attribute type is not 'scorefem dataset')");
  }
  const double format = file_.number_attribute("/", "format_version");
  if (format != static_cast<double>(kDatasetFormatVersion)) {
    throw InputError(path + ": format version " + std::to_string(static_cast<long>(format)) +
                     "; this program reads version " + std::to_string(kDatasetFormatVersion) +
                     ". Generate the data set again");
  }
  for (const Split split : {Split::train, Split::test}) {
    const Hdf5File::Extents flux = file_.extents(array_path(split, kFlux));
    const Hdf5File::Extents concentration = file_.extents(array_path(split, kConcentration));
    if (flux.size() != 2 || concentration.size() != 2 || flux[0] != concentration[0] ||
        file_.extents(array_path(split, kNoise)) != concentration ||
        file_.extents(array_path(split, kMask)) != concentration) {
      throw InputError(path + ": the arrays of /" + split_name(split) +
                       " are missing or their shapes disagree; expected flux [n, segments] and "
                       "concentration, noise, mask [n, sensors]");
    }
    shape_.rows[static_cast<std::size_t>(split)] = static_cast<Eigen::Index>(flux[0]);
    shape_.n_segments = static_cast<Eigen::Index>(flux[1]);
    shape_.n_sensors = static_cast<Eigen::Index>(concentration[1]);
  }
}

SampleBlock Dataset::read(Split split, Eigen::Index first, Eigen::Index n) const {
  return {read_array(file_, array_path(split, kFlux), first, n, shape_.n_segments),
          read_array(file_, array_path(split, kConcentration), first, n, shape_.n_sensors),
          read_array(file_, array_path(split, kNoise), first, n, shape_.n_sensors),
          read_array(file_, array_path(split, kMask), first, n, shape_.n_sensors)};
}

double pooled_standard_deviation(const Dataset& dataset) {
  const Eigen::Index n = dataset.shape().rows[static_cast<std::size_t>(Split::train)];
  const solver::Matrix clean = dataset.read(Split::train, 0, n).finite().concentration;
  const double mean = clean.mean();
  return std::sqrt((clean.array() - mean).square().mean());
}

}  // namespace scorefem
