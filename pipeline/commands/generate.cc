#include "pipeline/commands/generate.h"

#include <filesystem>
#include <optional>

#include "pipeline/base/errors.h"
#include "pipeline/commands/generation_plan.h"
#include "pipeline/dataset/joined_dataset.h"
#include "pipeline/dataset/solve_shard.h"
#include "pipeline/study/load_study.h"
#include "pipeline/study/stage_output.h"

namespace scorefem::commands {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void stop(const study::StageContext& context, const std::string& reason = "") {
  throw base::Interrupted("generate: stopped " + (reason.empty() ? "by a signal" : "since " + reason) +
                          "; the samples so far are saved in " + context.paths.shards +
                          ", the same command goes on from there");
}

/// How many ranks solve a sample together.
/// @throws base::InputError if they cannot be divided like that
int team_size(const problem::Needs& needs, const base::Ranks& ranks) {
  if (!needs.one_mesh) return 1;
  const int size = needs.ranks_per_mesh > 0 ? needs.ranks_per_mesh : ranks.count();
  if (ranks.count() % size != 0) {
    throw base::InputError("forward.ranks_per_mesh = " + std::to_string(size) +
                           ": expected a divisor of the " + std::to_string(ranks.count()) +
                           " ranks that were started");
  }
  return size;
}

/// The plan of rank 0 on all ranks.
GenerationPlan shared_plan(const study::StageContext& context, const base::Ranks& ranks, int n_teams) {
  std::vector<std::int64_t> message;
  if (ranks.is_first()) {
    const GenerationPlan plan = make_generation_plan(context, n_teams);
    message = {plan.up_to_date ? 1 : 0, plan.n_shards};
    message.insert(message.end(), plan.missing.begin(), plan.missing.end());
  }
  message = ranks.broadcast(std::move(message));
  return {message[0] != 0, static_cast<int>(message[1]), {message.begin() + 2, message.end()}};
}

/// Asked before anything is written.
/// @throws InputError if the model cannot be evaluated now
void require_available(dataset::PairSequence& pairs) {
  const std::string reason = pairs.model().unavailable();
  if (!reason.empty()) throw base::InputError(reason);
}

void announce(const study::StageContext& context, dataset::PairSequence& pairs, const std::string& what) {
  const Eigen::Index dofs = pairs.model().degrees_of_freedom();
  context.log.info("generate", "generate: " + what +
                                   (dofs > 0 ? ", " + std::to_string(dofs) + " degrees of freedom" : "") +
                                   ", " + std::to_string(context.study.threads) + " thread(s)");
}

void join_and_remove(const study::StageContext& context, const dataset::DatasetHeader& header, int n_shards) {
  std::vector<dataset::ShardInfo> shards;
  for (int index = 1; index <= n_shards; ++index) {
    shards.push_back(
        dataset::read_shard_info(context.paths.shards + "/" + dataset::Shard{index, n_shards}.file_name()));
  }
  const study::Study& study = context.study;
  shards = dataset::require_complete(std::move(shards), study.data.train + study.data.test,
                                     dataset::dataset_origin(study), context.paths.shards);
  dataset::join_shards(study, context.paths.dataset, shards, header, dataset::Storage::copy, context.log);
  context.redo.done("generate");
  for (const bool partial : {false, true}) {
    for (const std::string& path : dataset::shard_files(context.paths.shards, partial)) fs::remove(path);
  }
  std::error_code not_empty;
  fs::remove(context.paths.shards, not_empty);
}

/// Joins on rank 0 while the others wait.
/// @return false on all ranks if a signal came first
bool join(const study::StageContext& context, const base::Ranks& ranks, const dataset::DatasetHeader& header,
          int n_shards) {
  bool stopped = false;
  if (ranks.is_first()) {
    try {
      join_and_remove(context, header, n_shards);
    } catch (const base::Interrupted&) {
      stopped = true;
    }
  }
  return !ranks.any(stopped);
}

}  // namespace

void generate(const study::StageContext& context, const base::Ranks& ranks) {
  const study::Study& study = context.study;
  // Shards are dealt out to the ranks, or to groups of ranks that share a mesh.
  const int size = team_size(study.forward->needs(), ranks);
  const int first = ranks.rank() / size, step = ranks.count() / size;
  const GenerationPlan plan = shared_plan(context, ranks, step);
  if (plan.up_to_date) return;
  const base::Ranks group(ranks, size);
  const dataset::Team team = size > 1 ? dataset::Team::of(group) : dataset::Team::alone();
  std::vector<dataset::Shard> mine;
  Eigen::Index n_rows = 0;
  dataset::PairSequence pairs(study);
  for (int i = first; i < static_cast<int>(plan.missing.size()); i += step) {
    mine.push_back({plan.missing[static_cast<std::size_t>(i)], plan.n_shards});
    n_rows += mine.back().rows(pairs.shape().rows.total()).size();
  }
  if (n_rows > 0) require_available(pairs);
  announce(context, pairs,
           std::to_string(study.data.train) + " + " + std::to_string(study.data.test) + " pairs in " +
               std::to_string(plan.n_shards) + " shard(s) on " + std::to_string(ranks.count()) +
               " process(es)");
  // First what takes the most memory, a refined mesh: what does not fit fails before samples are solved.
  const dataset::DatasetHeader header =
      first == 0 ? dataset::make_header(study, pairs) : dataset::DatasetHeader();
  if (ranks.is_first() && header.discretisation_error.size() > 0)
    context.log.record("discretisation_error", {{"relative", header.largest_error()}});
  bool stopped = false;
  std::string reason;
  try {
    dataset::RowCounter counter(context.log, step > 1 ? "samples of rank 0" : "samples", n_rows);
    for (std::size_t i = 0; i < mine.size() && !stopped; ++i) {
      stopped = !dataset::solve_shard(study, context.paths.shards, team, pairs, mine[i], counter);
    }
  } catch (const base::Interrupted& away) {  // the other ranks finish what they can
    stopped = true;
    reason = away.what();
  }
  const bool away = ranks.any(!reason.empty());
  if (ranks.any(stopped))
    stop(context, away && reason.empty() ? "the model is away on another rank" : reason);
  if (!join(context, ranks, header, plan.n_shards)) stop(context);
}

void generate_shard(const study::StageContext& context, dataset::Shard shard) {
  const study::Study& study = context.study;
  const std::int64_t n_samples = study.data.train + study.data.test;
  if (shard.count > n_samples) {
    throw base::InputError("--shard " + shard.text() + ": expected at most " + std::to_string(n_samples) +
                           " shards, the number of samples");
  }
  const std::string path = context.paths.shards + "/" + shard.file_name();
  const std::string partial = context.paths.shards + "/" + shard.partial_file_name();
  study::StageOutput output(context, "generate", path, dataset::dataset_origin(study));
  std::string unreadable;
  for (const std::string& file : {path, partial}) {
    if (output.again() || !fs::exists(file)) continue;
    const std::optional<dataset::ShardInfo> before = dataset::readable_shard(file, unreadable);
    if (before) dataset::require_same_configuration(*before, study);
    if (before && file == path && output.is_current([&] { return before->origin; })) return;
  }
  if (!unreadable.empty()) context.log.warn("unusable_shard", "generate: " + unreadable);
  remove_stale_view(context, output.anew());
  output.begin({partial});
  dataset::PairSequence pairs(study);
  require_available(pairs);
  const dataset::RowRange rows = shard.rows(n_samples);
  announce(context, pairs, "shard " + shard.text() + ", " + std::to_string(rows.size()) + " pairs");
  dataset::RowCounter counter(context.log, "samples", rows.size());
  bool whole = false;
  try {
    whole = dataset::solve_shard(study, context.paths.shards, dataset::Team::alone(), pairs, shard, counter);
  } catch (const base::Interrupted& away) {
    stop(context, away.what());
  }
  if (!whole) stop(context);
  context.log.info("generated", "generate: " + path + " written");
}

}  // namespace scorefem::commands
