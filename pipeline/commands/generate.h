#pragma once

#include "pipeline/base/ranks.h"
#include "pipeline/dataset/shard.h"
#include "pipeline/study/stage.h"

namespace scorefem::commands {

/// Stage 1: configuration -> dataset.h5 (see dataset_format.md), through shards in OUTPUT/shards/ that are
/// shared among the ranks, joined and removed; what an earlier run finished of them is kept. A signal ends it
/// after the block in hand with Interrupted on all ranks. Collective.
void generate(const study::StageContext& context, const base::Ranks& ranks);

/// One shard alone: configuration -> OUTPUT/shards/shard-i-of-n.h5. In one process.
/// @throws InputError if there are fewer samples than shards.
void generate_shard(const study::StageContext& context, dataset::Shard shard);

}  // namespace scorefem::commands
