#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "pipeline/base/hdf5_file.h"
#include "pipeline/dataset/sample_rows.h"
#include "pipeline/problem/forward_model.h"
#include "solver/matrix.h"

namespace scorefem::dataset {

/// The version of dataset_format.md that this program writes. It reads version 1 as well.
constexpr std::int64_t kDatasetFormatVersion = 2;

/// Consecutive samples of one split.
struct SampleBlock {
  solver::Matrix unknowns;      //!< [n, n_unknowns]
  solver::Matrix observations;  //!< [n, n_observations], noise-free; NaN where the model failed
  solver::Matrix noise;         //!< [n, n_observations], standard normal; 0 if the data set has none
  solver::Matrix mask;          //!< [n, n_observations], 1 there, 0 not

  /// The same samples without those that failed, whose observations are NaN.
  SampleBlock finite() const;
};

struct DatasetShape {
  SplitSizes rows;  //!< samples of train and test
  Eigen::Index n_unknowns = 0;
  Eigen::Index n_observations = 0;
  bool has_noise = true;  //!< draws for the noise are stored
  bool has_mask = true;   //!< masks are stored; else every observation is there
  std::int64_t format_version = kDatasetFormatVersion;
};

/// Names of a split's arrays.
struct ArrayNames {
  ArrayNames(Split split, std::int64_t format_version);
  std::string unknowns, observations, noise, mask;
};

/// A sample whose solution was not found; its observations are NaN.
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
/// The fingerprints of what a view shows, by file, as they were when it was made; {} if it does not say.
std::map<std::string, std::string> read_noted_contents(const base::Hdf5File& file);
void write_block(base::Hdf5File& file, const DatasetShape& shape, Split split, Eigen::Index first,
                 const SampleBlock& block);
SampleBlock read_block(const base::Hdf5File& file, const DatasetShape& shape, Split split, Eigen::Index first,
                       Eigen::Index n);
/// Replaces the list of failed samples.
void write_failures(base::Hdf5File& file, const std::vector<FailedSample>& failures);
std::vector<FailedSample> read_failures(const base::Hdf5File& file);
/// The shape of the arrays of a data set or a shard.
/// @throws InputError if arrays are missing or their shapes disagree.
DatasetShape read_shape(const base::Hdf5File& file);
/// What unknowns and observations are, the response matrix of a linear model, and pictures; see
/// dataset_format.md.
void write_layouts(base::Hdf5File& file, const problem::Layout& unknowns,
                   const problem::Layout& observations);
void write_response(base::Hdf5File& file, const solver::Matrix& response);
void write_fields(base::Hdf5File& file, const std::vector<problem::Field>& fields, const std::string& unit);

}  // namespace scorefem::dataset
