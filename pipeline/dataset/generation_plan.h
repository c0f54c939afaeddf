#pragma once

#include <vector>

#include "pipeline/study/stage.h"

namespace scorefem::dataset {

/// What `scorefem generate` has to do, given what is in the output folder.
struct GenerationPlan {
  bool up_to_date = false;   //!< dataset.h5 is what was asked for
  int n_shards = 0;          //!< parts that the data set is made in
  std::vector<int> missing;  //!< their indices, from 1, that are not finished yet
};

/// Looks at dataset.h5 and the shards. Shards of this configuration are kept, and with them their number;
/// those of others, or all with --force, are removed and named in the log. For one process alone.
GenerationPlan make_generation_plan(const study::StageContext& context, int n_ranks);

/// Removes a dataset.h5 that is a view of shards which are about to be replaced.
void remove_stale_view(const study::StageContext& context);

}  // namespace scorefem::dataset
