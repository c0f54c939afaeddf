#include "pipeline/commands/generation_plan.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "pipeline/base/errors.h"
#include "pipeline/dataset/dataset.h"
#include "pipeline/dataset/shard_file.h"
#include "pipeline/study/load_study.h"
#include "pipeline/study/stage_output.h"

namespace scorefem::commands {
namespace {

namespace fs = std::filesystem;

/// Shards on disk that belong to this study. What no configuration can use is removed, and all with --force.
/// @throws InputError if there are some of another configuration
std::vector<dataset::ShardInfo> usable_shards(const study::StageContext& context, bool partial, bool remove) {
  std::vector<dataset::ShardInfo> usable;
  for (const std::string& path : dataset::shard_files(context.paths.shards, partial)) {
    std::string reason = "to be made again (--force)";
    if (!remove) {
      if (const std::optional<dataset::ShardInfo> info = dataset::readable_shard(path, reason)) {
        dataset::require_same_configuration(*info, context.study);
        reason = study::difference(info->origin, dataset::dataset_origin(context.study));
        if (reason.empty()) {
          usable.push_back(*info);
          continue;
        }
      }
    }
    context.log.warn("shard_removed", "generate: " + path + " is removed: " + reason);
    fs::remove(path);
  }
  return usable;
}

}  // namespace

void remove_stale_view(const study::StageContext& context, bool anew) {
  std::error_code ignored;
  if (!fs::exists(context.paths.dataset)) return;
  try {
    const dataset::Dataset data(context.paths.dataset);
    if (!data.is_view()) return;
    if (!anew && study::difference(data.origin(), dataset::dataset_origin(context.study)).empty()) return;
  } catch (const base::InputError&) {
    return;  // not ours to judge here
  }
  fs::remove(context.paths.dataset, ignored);
}

GenerationPlan make_generation_plan(const study::StageContext& context, int n_teams) {
  const study::Study& study = context.study;
  study::StageOutput output(context, "generate", context.paths.dataset, dataset::dataset_origin(study));
  if (output.is_current([&] { return dataset::Dataset(context.paths.dataset).origin(); }))
    return {true, 0, {}};
  const std::vector<dataset::ShardInfo> whole = usable_shards(context, false, output.anew());
  const std::vector<dataset::ShardInfo> partial = usable_shards(context, true, output.anew());
  remove_stale_view(context, output.anew());
  output.begin();
  const std::int64_t n_samples = study.data.train + study.data.test;
  GenerationPlan plan;
  if (!whole.empty() || !partial.empty()) {
    plan.n_shards = (whole.empty() ? partial : whole).front().shard.count;
  } else {
    const std::int64_t wanted = (n_samples - 1) / study.shard_rows + 1;
    const std::int64_t per_team = (wanted - 1) / n_teams + 1;  // all have as many
    constexpr std::int64_t kMost = 1000000;                    // files in a folder
    plan.n_shards = static_cast<int>(std::min({n_samples, per_team * n_teams, kMost}));
  }
  for (int index = 1; index <= plan.n_shards; ++index) {
    const bool have = std::any_of(whole.begin(), whole.end(), [&](const dataset::ShardInfo& info) {
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

}  // namespace scorefem::commands
