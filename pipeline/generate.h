#pragma once

#include "pipeline/ranks.h"
#include "pipeline/shard.h"
#include "pipeline/stage.h"

namespace scorefem {

/// Stage 1: configuration -> dataset.h5 (see dataset_format.md), through shards in OUTPUT/shards/ that are
/// shared among the ranks, joined and removed; what an earlier run finished of them is kept. A signal ends it
/// after the block in hand with Interrupted on all ranks. Collective.
void generate(const StageContext& context, const Ranks& ranks);

/// One shard alone: configuration -> OUTPUT/shards/shard-i-of-n.h5. In one process.
/// @throws InputError if there are fewer samples than shards.
void generate_shard(const StageContext& context, Shard shard);

}  // namespace scorefem
