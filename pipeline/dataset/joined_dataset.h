#pragma once

#include <string>
#include <vector>

#include "pipeline/base/run_log.h"
#include "pipeline/dataset/pair_sequence.h"
#include "pipeline/dataset/shard_file.h"
#include "pipeline/study/study.h"

namespace scorefem::dataset {

/// How the samples get into dataset.h5: copied, or left in the shards' files, which must then be kept (HDF5's
/// virtual data sets).
enum class Storage { copy, view };

/// What a data set holds besides its samples.
struct DatasetHeader {
  std::vector<problem::Field> fields;  //!< of the first test samples
  solver::Matrix response;             //!< [n_observations, n_unknowns]; empty unless the model is linear
  Eigen::Index degrees_of_freedom = 0;
  solver::Vector discretisation_error;  //!< of the first test samples; empty if there is none

  /// NaN if a sample had no solution; 0 if nothing is discretised.
  double largest_error() const {
    return discretisation_error.size() > 0 ? discretisation_error.maxCoeff<Eigen::PropagateNaN>() : 0;
  }
};

/// Solves what the header needs. Collective where PairSequence is.
DatasetHeader make_header(const study::Study& study, PairSequence& pairs);

/// Checks that shards make up the sequence of `n_total` samples, each once, and returns them in its order.
/// @param origin that all must have
/// @throws InputError naming shards that are missing, that overlap, or that are of another configuration.
std::vector<ShardInfo> require_complete(std::vector<ShardInfo> shards, Eigen::Index n_total,
                                        const study::Origin& origin, const std::string& folder);

/// Writes a data set from complete shards, in memory that does not depend on their size, and says so.
/// @param path of dataset.h5; views need the shards in a folder beside it
/// @throws std::runtime_error if no sample has a solution; base::Interrupted after a signal, with all shards
/// kept.
void join_shards(const study::Study& study, const std::string& path, const std::vector<ShardInfo>& shards,
                 const DatasetHeader& header, Storage storage, base::RunLog& log);

}  // namespace scorefem::dataset
