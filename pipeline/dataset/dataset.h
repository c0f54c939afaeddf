#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pipeline/base/hdf5_file.h"
#include "pipeline/dataset/sample_rows.h"
#include "pipeline/study/origin.h"
#include "solver/channel.h"
#include "solver/forward_model.h"
#include "solver/matrix.h"

namespace scorefem::dataset {

/// The version of dataset_format.md that this program writes and reads.
constexpr std::int64_t kDatasetFormatVersion = 1;

/// Consecutive samples of one split.
struct SampleBlock {
  solver::Matrix flux;           //!< [n, n_segments]
  solver::Matrix concentration;  //!< [n, n_sensors], noise-free; NaN where the solver failed
  solver::Matrix noise;          //!< [n, n_sensors], standard normal
  solver::Matrix mask;           //!< [n, n_sensors], 1 on, 0 off

  /// The same samples without those that failed, whose concentration is NaN.
  SampleBlock finite() const;
};

struct DatasetShape {
  SplitSizes rows;  //!< samples of train and test
  Eigen::Index n_segments;
  Eigen::Index n_sensors;
};

/// A sample whose solution was not found; its concentrations are NaN.
struct FailedSample {
  Split split;
  Eigen::Index row;    //!< in its split
  std::string reason;  //!< for a person
};

/// Where a block of rows of a data set is stored: a shard's file, relative to the data set's folder.
struct StoredRows {
  std::string file;
  SplitSizes rows;      //!< what it holds of each split
  std::string content;  //!< the shard's own fingerprint of it; empty if it has none
};

/// Creates the groups and arrays of a data set, with units and axes as attributes.
void create_dataset_arrays(base::Hdf5File& file, const DatasetShape& shape);
/// The same arrays as views of other files, which hold their rows one after the other.
void create_dataset_views(base::Hdf5File& file, const DatasetShape& shape,
                          const std::vector<StoredRows>& parts);
void write_block(base::Hdf5File& file, Split split, Eigen::Index first, const SampleBlock& block);
SampleBlock read_block(const base::Hdf5File& file, const DatasetShape& shape, Split split, Eigen::Index first,
                       Eigen::Index n);
/// Replaces the list of failed samples.
void write_failures(base::Hdf5File& file, const std::vector<FailedSample>& failures);
std::vector<FailedSample> read_failures(const base::Hdf5File& file);
/// The shape of the arrays of a data set or a shard.
/// @throws InputError if arrays are missing or their shapes disagree.
DatasetShape read_shape(const base::Hdf5File& file);
/// Sensors, segments, and (linear problem) the response matrix; see dataset_format.md.
void write_geometry(base::Hdf5File& file, const std::vector<solver::SensorPosition>& sensors,
                    const std::vector<solver::FluxSegment>& segments);
void write_response(base::Hdf5File& file, const solver::Matrix& response);
void write_fields(base::Hdf5File& file, const std::vector<solver::Field>& fields);

/// A data set on disk, opened for reading and checked.
class Dataset {
 public:
  /// @throws InputError if the file is missing, not HDF5, truncated, no data set, of another format version,
  ///         has arrays whose shapes disagree, or is a view of shards that are missing or were made again.
  explicit Dataset(const std::string& path);

  const DatasetShape& shape() const { return shape_; }
  const std::string& path() const { return file_.path(); }
  /// What the data set was made from; compare with dataset_origin().
  study::Origin origin() const { return study::read_origin(file_); }
  double seconds() const { return file_.number_attribute("/", "seconds"); }
  std::int64_t failed_samples() const {
    return static_cast<std::int64_t>(file_.number_attribute("/", "failed_samples"));
  }
  /// Whether the samples are stored in shards and the file is only a view of them.
  bool is_view() const { return !file_.virtual_sources("/train/flux").empty(); }
  /// Rows [first, first + n) of a split.
  /// @throws InputError naming array, row and column of a value that is not finite, other than the
  ///         concentrations of samples that are listed as failed.
  SampleBlock read(Split split, Eigen::Index first, Eigen::Index n) const;
  const std::vector<FailedSample>& failures() const { return failures_; }
  /// The response matrix G [n_sensors, n_segments] of the linear problem.
  bool has_response() const { return file_.contains("/response"); }
  solver::Matrix response() const { return file_.read_matrix("/response"); }

 private:
  base::Hdf5File file_;
  DatasetShape shape_{};
  std::vector<FailedSample> failures_;
};

/// Checks the root's attributes type and format_version.
/// @throws InputError naming the file, what was found and what is expected.
void require_type(const base::Hdf5File& file, const std::string& type);

/// The standard deviation of all noise-free training measurements taken together, in concentration: the unit
/// of the relative noise level.
/// @throws InputError if no training sample has a solution, and as Dataset::read.
double pooled_standard_deviation(const Dataset& dataset);

}  // namespace scorefem::dataset
