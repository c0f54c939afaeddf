#include "pipeline/commands/merge.h"

#include <filesystem>
#include <utility>

#include "pipeline/dataset/dataset.h"
#include "pipeline/study/load_study.h"

namespace scorefem::commands {

namespace fs = std::filesystem;

void merge(const study::StageContext& context, dataset::Storage storage) {
  const study::Study& study = context.study;
  const study::Origin origin = dataset::dataset_origin(study);
  const bool again = context.redo.state("merge", origin.inputs) != study::Redo::State::not_asked;
  if (fs::exists(context.paths.dataset) && !again) {
    const dataset::Dataset before(context.paths.dataset);
    const bool copy_wanted = storage == dataset::Storage::copy && before.is_view();
    if (!copy_wanted &&
        study::up_to_date(context.log, "merge", context.paths.dataset, before.origin(), origin, again))
      return;
  }
  const std::string folder = context.paths.shards;
  std::vector<dataset::ShardInfo> shards;
  for (const std::string& path : dataset::shard_files(folder, /*partial=*/false))
    shards.push_back(dataset::read_shard_info(path));
  shards = dataset::require_complete(std::move(shards), study.data.train + study.data.test, origin, folder);
  dataset::PairSequence pairs(study);
  dataset::join_shards(study, context.paths.dataset, shards, dataset::make_header(study, pairs), storage,
                       context.log);
}

}  // namespace scorefem::commands
