#include "pipeline/dataset/dataset_arrays.h"

#include <algorithm>

#include "pipeline/base/errors.h"
#include "pipeline/problem/layout_file.h"

namespace scorefem::dataset {
namespace {

/// Where a view notes the fingerprints of what it shows: the shards' files, in order.
constexpr const char* kShardFiles = "/shards/file";
constexpr const char* kShardContents = "/shards/content";

void describe_array(base::Hdf5File& file, const std::string& array, const std::string& unit,
                    const char* axes) {
  file.set_attribute(array, "unit", unit);
  file.set_attribute(array, "axes", std::string(axes));
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
    const auto add = [&](const std::string& array, Eigen::Index columns, const char* unit, const char* axes) {
      create(array, split, {static_cast<hsize_t>(shape.rows[split]), static_cast<hsize_t>(columns)});
      describe_array(file, array, unit, axes);
    };
    const ArrayNames names(split, kDatasetFormatVersion);
    add(names.unknowns, shape.n_unknowns, "of each unknown, see /unknowns/unit", "sample, unknown");
    add(names.observations, shape.n_observations, "of each observation, see /observations/unit",
        "sample, observation");
    if (shape.has_noise) {
      add(names.noise, shape.n_observations, "1 (standard normal draws; the noise model makes noise of them)",
          "sample, observation");
    }
    if (shape.has_mask) add(names.mask, shape.n_observations, "1 (1 there, 0 not)", "sample, observation");
  }
}

}  // namespace

ArrayNames::ArrayNames(Split split, std::int64_t format_version) {
  const std::string group = "/" + split_name(split) + "/";
  const bool old = format_version == 1;
  unknowns = group + (old ? "flux" : "unknowns");
  observations = group + (old ? "concentration" : "observations");
  noise = group + "noise";
  mask = group + "mask";
}

SampleBlock SampleBlock::finite() const {
  std::vector<Eigen::Index> rows;
  for (Eigen::Index i = 0; i < observations.rows(); ++i) {
    if (observations.row(i).allFinite()) rows.push_back(i);
  }
  if (static_cast<Eigen::Index>(rows.size()) == observations.rows()) return *this;
  return {unknowns(rows, Eigen::all), observations(rows, Eigen::all), noise(rows, Eigen::all),
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

std::map<std::string, std::string> read_noted_contents(const base::Hdf5File& file) {
  std::map<std::string, std::string> contents;
  if (!file.contains(kShardFiles)) return contents;
  const std::vector<std::string> names = file.read_texts(kShardFiles),
                                 noted = file.read_texts(kShardContents);
  for (std::size_t i = 0; i < std::min(names.size(), noted.size()); ++i) contents[names[i]] = noted[i];
  return contents;
}

void write_block(base::Hdf5File& file, const DatasetShape& shape, Split split, Eigen::Index first,
                 const SampleBlock& block) {
  const auto n = static_cast<hsize_t>(block.unknowns.rows());
  const auto row = static_cast<hsize_t>(first);
  const ArrayNames names(split, kDatasetFormatVersion);
  file.write_rows(names.unknowns, row, n, block.unknowns.data());
  file.write_rows(names.observations, row, n, block.observations.data());
  if (shape.has_noise) file.write_rows(names.noise, row, n, block.noise.data());
  if (shape.has_mask) file.write_rows(names.mask, row, n, block.mask.data());
}

SampleBlock read_block(const base::Hdf5File& file, const DatasetShape& shape, Split split, Eigen::Index first,
                       Eigen::Index n) {
  const ArrayNames names(split, shape.format_version);
  const Eigen::Index m = shape.n_observations;
  SampleBlock block{read_array(file, names.unknowns, first, n, shape.n_unknowns),
                    read_array(file, names.observations, first, n, m), solver::Matrix::Zero(n, m),
                    solver::Matrix::Ones(n, m)};
  if (shape.has_noise) block.noise = read_array(file, names.noise, first, n, m);
  if (shape.has_mask) block.mask = read_array(file, names.mask, first, n, m);
  return block;
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

void write_response(base::Hdf5File& file, const solver::Matrix& response) {
  file.write_matrix("/response", response);
  describe_array(file, "/response", "observation per unknown", "observation, unknown");
}

void write_fields(base::Hdf5File& file, const std::vector<problem::Field>& fields, const std::string& unit) {
  if (fields.empty()) return;
  const auto n_y = static_cast<hsize_t>(fields[0].y.size());
  const auto n_x = static_cast<hsize_t>(fields[0].x.size());
  file.create_array("/test/field", {fields.size(), n_y, n_x});
  describe_array(file, "/test/field", unit, "sample, y, x");
  for (std::size_t i = 0; i < fields.size(); ++i)
    file.write_rows("/test/field", i, 1, fields[i].values.data());
  file.create_array("/field_x", {n_x});
  file.write_rows("/field_x", 0, n_x, fields[0].x.data());
  describe_array(file, "/field_x", "length", "x");
  file.create_array("/field_y", {n_y});
  file.write_rows("/field_y", 0, n_y, fields[0].y.data());
  describe_array(file, "/field_y", "length", "y");
}

DatasetShape read_shape(const base::Hdf5File& file) {
  DatasetShape shape{};
  shape.format_version = static_cast<std::int64_t>(file.number_attribute("/", "format_version"));
  for (const Split split : {Split::train, Split::test}) {
    const ArrayNames names(split, shape.format_version);
    const base::Hdf5File::Extents unknowns = file.extents(names.unknowns);
    const base::Hdf5File::Extents observations = file.extents(names.observations);
    const auto fits = [&](const std::string& array) {
      return !file.contains(array) || file.extents(array) == observations;
    };
    if (unknowns.size() != 2 || observations.size() != 2 || unknowns[0] != observations[0] ||
        !fits(names.noise) || !fits(names.mask)) {
      throw base::InputError(file.path() + ": the arrays of /" + split_name(split) +
                             " are missing or their shapes disagree; expected " + names.unknowns +
                             " [n, unknowns] and " + names.observations + ", noise, mask [n, observations]");
    }
    shape.rows.rows[static_cast<std::size_t>(split)] = static_cast<Eigen::Index>(unknowns[0]);
    shape.n_unknowns = static_cast<Eigen::Index>(unknowns[1]);
    shape.n_observations = static_cast<Eigen::Index>(observations[1]);
    shape.has_noise = file.contains(names.noise);
    shape.has_mask = file.contains(names.mask);
  }
  return shape;
}

void write_layouts(base::Hdf5File& file, const problem::Layout& unknowns,
                   const problem::Layout& observations) {
  problem::write_layout(file, "/unknowns", unknowns);
  problem::write_layout(file, "/observations", observations);
}

}  // namespace scorefem::dataset
