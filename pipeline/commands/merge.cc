#include "pipeline/commands/merge.h"

#include <filesystem>
#include <utility>

#include "pipeline/dataset/dataset.h"
#include "pipeline/study/load_study.h"
#include "pipeline/study/stage_output.h"

namespace scorefem::commands {

namespace fs = std::filesystem;

void merge(const study::StageContext& context, dataset::Storage storage) {
  const study::Study& study = context.study;
  const study::StageOutput output(context, "merge", context.paths.dataset, dataset::dataset_origin(study));
  if (fs::exists(context.paths.dataset) && !output.again()) {
    const dataset::Dataset before(context.paths.dataset);
    const bool copy_wanted = storage == dataset::Storage::copy && before.is_view();
    if (!copy_wanted && output.is_current([&] { return before.origin(); })) return;
  }
  const std::string folder = context.paths.shards;
  std::vector<dataset::ShardInfo> shards;
  for (const std::string& path : dataset::shard_files(folder, /*partial=*/false))
    shards.push_back(dataset::read_shard_info(path));
  shards = dataset::require_complete(std::move(shards), study.data.train + study.data.test, output.wanted(),
                                     folder);
  dataset::PairSequence pairs(study);
  dataset::join_shards(study, context.paths.dataset, shards, dataset::make_header(study, pairs), storage,
                       context.log);
}

}  // namespace scorefem::commands
