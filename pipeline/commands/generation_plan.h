#pragma once

#include <vector>

#include "pipeline/dataset/shard_file.h"
#include "pipeline/study/stage.h"

namespace scorefem::commands {

/// What `scorefem generate` has to do, given what is in the output folder.
struct GenerationPlan {
  bool up_to_date = false;   //!< dataset.h5 is what was asked for
  int n_shards = 0;          //!< parts that the data set is made in
  std::vector<int> missing;  //!< their indices, from 1, that are not finished yet
};

/// Looks at dataset.h5 and the shards. Shards of this study are kept, and with them their number; with
/// --force all are removed and named in the log. For one process alone.
/// @param n_teams that share the work, of one rank or of those of a mesh
/// @throws InputError if there are shards of another configuration, unless they are to be removed.
GenerationPlan make_generation_plan(const study::StageContext& context, int n_teams);

/// Removes a dataset.h5 that is a view of shards which are about to be replaced.
/// @param anew all of them are
void remove_stale_view(const study::StageContext& context, bool anew);

}  // namespace scorefem::commands
