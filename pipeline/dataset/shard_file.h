#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/base/atomic_file.h"
#include "pipeline/dataset/dataset.h"
#include "pipeline/dataset/shard.h"

namespace scorefem::dataset {

/// What a shard's file says of itself; see dataset_format.md.
struct ShardInfo {
  std::string path;
  Shard shard;
  RowRange rows;          //!< of the sequence of all samples
  Eigen::Index done;      //!< rows that are solved, all unless the file is a partial one
  std::string inputs;     //!< what it was made from; compare with dataset_inputs()
  double seconds;         //!< wall time spent on it
  SplitSizes part_sizes;  //!< samples of each split
};

/// @throws InputError if the file is missing, not HDF5, truncated, no shard, or contradicts itself.
ShardInfo read_shard_info(const std::string& path);

/// The files of shards in a folder, whole and partial ones, by name; [] if there is no such folder.
std::vector<std::string> shard_files(const std::string& folder, bool partial);

/// Writes one shard. Rows go to a temporary file, which takes its place as FOLDER/shard-i-of-n.h5 when whole;
/// interrupted work is kept as shard-i-of-n.partial.h5, from which the next writer goes on.
class ShardWriter {
 public:
  /// @param shape of the whole data set
  /// @param attributes of the root: what every output carries, and `inputs`
  ShardWriter(const std::string& folder, Shard shard, const DatasetShape& shape,
              const std::map<std::string, std::string>& attributes);

  /// Row of the sequence that comes next; the shard's end when it is whole.
  Eigen::Index next_row() const { return next_; }
  /// Appends samples that begin with next_row().
  void append(Split split, const SampleBlock& samples, const std::vector<FailedSample>& failures);
  /// Puts the shard, or what there is of it, in its place.
  /// @param seconds wall time since the writer was made
  void finish(double seconds);

 private:
  std::string folder_;
  Shard shard_;
  DatasetShape shape_;  // of the whole data set
  RowRange rows_;
  Eigen::Index next_;
  std::vector<FailedSample> failures_;  // rows count from the first of the whole data set's split
  double seconds_before_ = 0;
  base::AtomicFile output_;
  std::optional<base::Hdf5File> file_;
};

}  // namespace scorefem::dataset
