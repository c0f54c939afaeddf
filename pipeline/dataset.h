#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "pipeline/hdf5_file.h"
#include "solver/channel.h"
#include "solver/forward_model.h"
#include "solver/matrix.h"

namespace scorefem {

/// The version of dataset_format.md that this program writes and reads.
constexpr std::int64_t kDatasetFormatVersion = 1;

enum class Split { train, test };
/// "train", "test": the groups of the file.
std::string split_name(Split split);

/// Consecutive samples of one split.
struct SampleBlock {
  solver::Matrix flux;           //!< [n, n_segments]
  solver::Matrix concentration;  //!< [n, n_sensors], noise-free; NaN where the solver failed
  solver::Matrix noise;          //!< [n, n_sensors], standard normal
  solver::Matrix mask;           //!< [n, n_sensors], 1 on, 0 off

  /// The same samples without those whose concentration is NaN.
  SampleBlock finite() const;
};

struct DatasetShape {
  std::array<Eigen::Index, 2> rows;  //!< samples of train and test
  Eigen::Index n_segments;
  Eigen::Index n_sensors;
};

/// Creates the groups and arrays of a data set, with units and axes as attributes.
void create_dataset_arrays(Hdf5File& file, const DatasetShape& shape);
void write_block(Hdf5File& file, Split split, Eigen::Index first, const SampleBlock& block);
/// Sensors, segments, and (linear problem) the response matrix; see dataset_format.md.
void write_geometry(Hdf5File& file, const std::vector<solver::SensorPosition>& sensors,
                    const std::vector<solver::FluxSegment>& segments);
void write_response(Hdf5File& file, const solver::Matrix& response);
void write_fields(Hdf5File& file, const std::vector<solver::Field>& fields);

/// A data set on disk, opened for reading and checked.
class Dataset {
 public:
  /// @throws InputError if the file is missing, not HDF5, truncated, no data set, of another format version,
  /// or has
  ///         arrays whose shapes disagree.
  explicit Dataset(const std::string& path);

  const DatasetShape& shape() const { return shape_; }
  /// What the data set was made from; compare with dataset_inputs().
  std::string inputs() const { return file_.text_attribute("/", "inputs"); }
  double seconds() const { return file_.number_attribute("/", "seconds"); }
  std::int64_t failed_samples() const {
    return static_cast<std::int64_t>(file_.number_attribute("/", "failed_samples"));
  }
  /// Rows [first, first + n) of a split.
  SampleBlock read(Split split, Eigen::Index first, Eigen::Index n) const;
  /// The response matrix G [n_sensors, n_segments] of the linear problem.
  bool has_response() const { return file_.contains("/response"); }
  solver::Matrix response() const { return file_.read_matrix("/response"); }

 private:
  Hdf5File file_;
  DatasetShape shape_{};
};

/// The standard deviation of all noise-free training measurements taken together, in concentration: the unit
/// of the relative noise level.
double pooled_standard_deviation(const Dataset& dataset);

}  // namespace scorefem
