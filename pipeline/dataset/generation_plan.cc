#include "pipeline/dataset/generation_plan.h"

#include <algorithm>
#include <filesystem>

#include "pipeline/base/errors.h"
#include "pipeline/dataset/dataset.h"
#include "pipeline/dataset/shard_file.h"
#include "pipeline/study/load_study.h"

namespace scorefem::dataset {
namespace {

namespace fs = std::filesystem;

/// Shards on disk that belong to this study. Others are removed: an earlier configuration left them.
std::vector<ShardInfo> usable_shards(const study::StageContext& context, bool partial) {
  std::vector<ShardInfo> usable;
  for (const std::string& path : shard_files(context.paths.shards, partial)) {
    std::string reason = "to be made again (--force)";
    try {
      const ShardInfo info = read_shard_info(path);
      const std::string inputs = study::dataset_inputs(context.study);
      reason = "of another configuration: " + study::first_difference(info.inputs, inputs);
      if (info.inputs == inputs && !context.force) {
        usable.push_back(info);
        continue;
      }
    } catch (const base::InputError& error) {
      reason = error.what();
    }
    context.log.warn("shard_removed", "generate: " + path + " is removed: " + reason);
    fs::remove(path);
  }
  return usable;
}

}  // namespace

void remove_stale_view(const study::StageContext& context) {
  std::error_code ignored;
  if (!fs::exists(context.paths.dataset)) return;
  try {
    const Dataset dataset(context.paths.dataset);
    if (!dataset.is_view() || (dataset.inputs() == study::dataset_inputs(context.study) && !context.force))
      return;
  } catch (const base::InputError&) {
    return;  // not ours to judge here
  }
  fs::remove(context.paths.dataset, ignored);
}

GenerationPlan make_generation_plan(const study::StageContext& context, int n_ranks) {
  const study::Study& study = context.study;
  if (fs::exists(context.paths.dataset)) {
    const std::string made_from = context.force ? "" : Dataset(context.paths.dataset).inputs();
    if (study::up_to_date(context, "generate", context.paths.dataset, made_from,
                          study::dataset_inputs(study))) {
      return {true, 0, {}};
    }
  }
  remove_stale_view(context);
  const std::vector<ShardInfo> whole = usable_shards(context, false);
  const std::vector<ShardInfo> partial = usable_shards(context, true);
  const int n_samples = study.data.train + study.data.test;
  GenerationPlan plan;
  if (!whole.empty() || !partial.empty()) {
    plan.n_shards = (whole.empty() ? partial : whole).front().shard.count;
  } else {
    const int wanted = (n_samples - 1) / study.shard_rows + 1;
    const int per_rank = (wanted - 1) / n_ranks + 1;  // all ranks have as many
    plan.n_shards = std::min(n_samples, per_rank * n_ranks);
  }
  for (int index = 1; index <= plan.n_shards; ++index) {
    const bool have = std::any_of(whole.begin(), whole.end(), [&](const ShardInfo& info) {
      return info.shard.index == index && info.shard.count == plan.n_shards;
    });
    if (!have) plan.missing.push_back(index);
  }
  const auto n_missing = static_cast<int>(plan.missing.size());
  if (n_missing < plan.n_shards || !partial.empty()) {
    context.log.info("resume", "generate: going on, " + std::to_string(plan.n_shards - n_missing) + " of " +
                                   std::to_string(plan.n_shards) + " shards are there");
  }
  return plan;
}

}  // namespace scorefem::dataset
