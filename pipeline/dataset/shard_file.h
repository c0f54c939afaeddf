#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/dataset/dataset.h"
#include "pipeline/dataset/shard.h"
#include "pipeline/study/origin.h"
#include "pipeline/study/study.h"

namespace scorefem::dataset {

/// What a shard's file says of itself; see dataset_format.md.
struct ShardInfo {
  std::string path;
  Shard shard;
  RowRange rows;          //!< of the sequence of all samples
  Eigen::Index done;      //!< rows that are solved, all unless the file is a partial one
  study::Origin origin;   //!< compare with dataset_origin()
  std::string content;    //!< of its samples; empty unless it is whole
  double seconds;         //!< wall time spent on it
  SplitSizes part_sizes;  //!< samples of each split
};

/// @throws InputError if the file is missing, not HDF5, truncated, no shard, or contradicts itself.
ShardInfo read_shard_info(const std::string& path);

/// The same; nullopt, and the reason, if the file cannot be used.
std::optional<ShardInfo> readable_shard(const std::string& path, std::string& reason);

/// The files of shards in a folder, whole and partial ones, by name; [] if there is no such folder.
std::vector<std::string> shard_files(const std::string& folder, bool partial);

/// Writes one shard as shard-i-of-n.partial.h5, which is renamed to shard-i-of-n.h5 when it is whole. It can
/// be read at any time, and the next writer goes on from it: a process that is killed loses what it appended
/// since the last save().
class ShardWriter {
 public:
  /// @param shape of the whole data set
  /// @param attributes of the root: what every output carries, and its origin
  ShardWriter(const std::string& folder, Shard shard, const DatasetShape& shape,
              const std::map<std::string, std::string>& attributes);
  /// Removes a shard of which no row was solved: what is refused leaves no trace.
  ~ShardWriter();
  ShardWriter(const ShardWriter&) = delete;
  ShardWriter& operator=(const ShardWriter&) = delete;

  /// Row of the sequence that comes next; the shard's end when it is whole.
  Eigen::Index next_row() const { return next_; }
  /// Rows that were appended since the last save().
  Eigen::Index n_unsaved() const { return next_ - saved_; }
  /// Appends samples that begin with next_row().
  void append(Split split, const SampleBlock& samples, const std::vector<FailedSample>& failures);
  /// Puts what there is on the disk.
  /// @param seconds wall time since the writer was made
  void save(double seconds);
  /// Saves, and puts a whole shard in its place.
  void finish(double seconds);

 private:
  std::string path() const;
  void start(const std::map<std::string, std::string>& attributes);
  std::string content() const;

  std::string folder_;
  Shard shard_;
  DatasetShape shape_;  // of the whole data set
  RowRange rows_;
  Eigen::Index next_;
  Eigen::Index saved_;
  std::vector<FailedSample> failures_;  // rows count from the first of the whole data set's split
  std::size_t n_saved_failures_ = 0;
  double seconds_before_ = 0;
  std::optional<base::Hdf5File> file_;
};

/// @throws InputError naming the shard and what differs; nobody's work is removed unasked.
void require_same_configuration(const ShardInfo& shard, const study::Study& study);

}  // namespace scorefem::dataset
