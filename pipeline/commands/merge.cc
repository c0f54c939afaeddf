#include "pipeline/commands/merge.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "pipeline/base/atomic_file.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/interrupt.h"
#include "pipeline/base/provenance.h"
#include "pipeline/dataset/noise_unit.h"
#include "pipeline/dataset/outliers.h"
#include "pipeline/study/load_study.h"

namespace scorefem::commands {
namespace {

namespace fs = std::filesystem;
constexpr Eigen::Index kCopyRows = 2000;
constexpr Eigen::Index kAccuracySamples = 4;

std::string rows_text(dataset::RowRange rows) {
  return "rows " + std::to_string(rows.begin) + " to " + std::to_string(rows.end - 1);
}

/// The shards of `count` that hold rows of the gap: "3/10, 4/10".
std::string shards_in(dataset::RowRange gap, int count, Eigen::Index n_total) {
  std::string names;
  for (int index = 1; index <= count; ++index) {
    const dataset::Shard shard{index, count};
    const dataset::RowRange rows = shard.rows(n_total);
    if (rows.end > gap.begin && rows.begin < gap.end) names += (names.empty() ? "" : ", ") + shard.text();
  }
  return names;
}

void copy_samples(base::Hdf5File& file, const dataset::DatasetShape& shape,
                  const std::vector<dataset::ShardInfo>& shards) {
  dataset::create_dataset_arrays(file, shape);
  dataset::SplitSizes written;
  for (const dataset::ShardInfo& info : shards) {
    const base::Hdf5File shard = base::Hdf5File::open(info.path);
    dataset::DatasetShape part = shape;
    part.rows = info.part_sizes;
    for (const dataset::Split split : {dataset::Split::train, dataset::Split::test}) {
      Eigen::Index& next = written.rows[static_cast<std::size_t>(split)];
      for (Eigen::Index row = 0; row < part.rows[split]; row += kCopyRows) {
        base::stop_if_interrupted("all shards are kept; the same command goes on from there");
        const Eigen::Index n = std::min(kCopyRows, part.rows[split] - row);
        dataset::write_block(file, shape, split, next, dataset::read_block(shard, part, split, row, n));
        next += n;
      }
    }
  }
}

void view_samples(base::Hdf5File& file, const dataset::DatasetShape& shape,
                  const std::vector<dataset::ShardInfo>& shards, const fs::path& folder) {
  std::vector<dataset::StoredRows> parts;
  for (const dataset::ShardInfo& info : shards) {
    parts.push_back({fs::path(info.path).lexically_relative(folder).string(), info.part_sizes, info.content});
  }
  dataset::create_dataset_views(file, shape, parts);
}

void write_header(base::Hdf5File& file, const study::Study& study, const DatasetHeader& header) {
  const problem::Layout observations = study.forward->observations();
  dataset::write_layouts(file, study.forward->unknowns(), observations);
  dataset::write_fields(file, header.fields, observations.common_unit());
  if (header.response.size() > 0) dataset::write_response(file, header.response);
  file.set_attribute("/", "degrees_of_freedom", static_cast<std::int64_t>(header.degrees_of_freedom));
  file.set_attribute("/", "discretisation_error", header.largest_error());
  file.set_attribute("/", "discretisation_error_samples",
                     static_cast<std::int64_t>(header.discretisation_error.size()));
}

std::vector<dataset::FailedSample> all_failures(const std::vector<dataset::ShardInfo>& shards) {
  std::vector<dataset::FailedSample> failures;
  for (const dataset::ShardInfo& info : shards) {
    const std::vector<dataset::FailedSample> part = dataset::read_failures(base::Hdf5File::open(info.path));
    failures.insert(failures.end(), part.begin(), part.end());
  }
  return failures;
}

void log_failures(const study::StageContext& context, const std::vector<dataset::FailedSample>& failures) {
  if (failures.empty()) return;
  for (const dataset::FailedSample& failure : failures) {
    context.log.record("failed_sample", {{"split", dataset::split_name(failure.split)},
                                         {"row", failure.row},
                                         {"seed", context.study.seed},
                                         {"reason", failure.reason}});
  }
  const dataset::FailedSample& first = failures.front();
  context.log.warn("failed_samples", std::to_string(failures.size()) +
                                         " samples have no solution and are marked NaN, the first: " +
                                         dataset::split_name(first.split) + " " + std::to_string(first.row) +
                                         ": " + first.reason);
}

}  // namespace

DatasetHeader make_header(const study::Study& study, dataset::PairSequence& pairs) {
  DatasetHeader header;
  problem::ForwardModel& model = pairs.model();
  const solver::Matrix unknowns = pairs.unknowns(dataset::Split::test, {0, study.data.fields});
  for (Eigen::Index i = 0; i < unknowns.rows() && study.forward->has_field(); ++i) {
    if (auto field = model.field(unknowns.row(i))) header.fields.push_back(std::move(*field));
  }
  if (auto response = model.response()) header.response = std::move(*response);
  header.degrees_of_freedom = model.degrees_of_freedom();
  const dataset::RowRange draws = dataset::RowRange{0, study.data.test}.first(kAccuracySamples);
  header.discretisation_error = model.discretisation_error(pairs.unknowns(dataset::Split::test, draws));
  return header;
}

std::vector<dataset::ShardInfo> require_complete(std::vector<dataset::ShardInfo> shards, Eigen::Index n_total,
                                                 const study::Origin& origin, const std::string& folder) {
  for (const dataset::ShardInfo& info : shards) {
    const std::string difference = study::difference(info.origin, origin);
    if (!difference.empty()) {
      throw base::InputError(info.path + ": made from another configuration or program: " + difference +
                             "; generate this shard again or remove it");
    }
    if (info.rows.end > n_total) {
      throw base::InputError(info.path + ": holds " + rows_text(info.rows) + ", but the data set has only " +
                             std::to_string(n_total));
    }
  }
  std::sort(shards.begin(), shards.end(), [](const dataset::ShardInfo& a, const dataset::ShardInfo& b) {
    return std::pair(a.rows.begin, a.rows.end) < std::pair(b.rows.begin, b.rows.end);
  });
  std::string missing;
  Eigen::Index next = 0;
  const auto require_until = [&](Eigen::Index row, int count) {
    if (row <= next) return;
    const dataset::RowRange gap{next, row};
    missing += (missing.empty() ? "" : "; ") + shards_in(gap, count, n_total) + " (" + rows_text(gap) + ")";
  };
  for (std::size_t i = 0; i < shards.size(); ++i) {
    const dataset::ShardInfo& info = shards[i];
    if (info.rows.begin < next) {
      throw base::InputError("overlapping shards: " + shards[i - 1].path + " (" +
                             rows_text(shards[i - 1].rows) + ") and " + info.path + " (" +
                             rows_text(info.rows) + "); remove one");
    }
    require_until(info.rows.begin, info.shard.count);
    next = info.rows.end;
  }
  if (shards.empty()) {
    throw base::InputError(folder +
                           ": there are no shards; make them by `scorefem generate CONFIG --shard i/n`, "
                           "i = 1, ..., n");
  }
  require_until(n_total, shards.back().shard.count);
  if (!missing.empty()) throw base::InputError(folder + ": missing shards: " + missing);
  return shards;
}

void join_shards(const study::StageContext& context, const std::vector<dataset::ShardInfo>& shards,
                 const DatasetHeader& header, Storage storage) {
  const study::Study& study = context.study;
  const study::Stopwatch stopwatch;
  base::AtomicFile output(context.paths.dataset);
  base::Hdf5File file = base::Hdf5File::create(output.temporary_path());
  dataset::DatasetShape shape = dataset::read_shape(base::Hdf5File::open(shards.front().path));
  shape.rows = {{study.data.train, study.data.test}};
  if (storage == Storage::copy) {
    copy_samples(file, shape, shards);
  } else {
    view_samples(file, shape, shards, context.paths.directory);
  }
  write_header(file, study, header);
  const std::vector<dataset::FailedSample> failures = all_failures(shards);
  dataset::write_failures(file, failures);
  double seconds = stopwatch.seconds();
  for (const dataset::ShardInfo& info : shards) seconds += info.seconds;
  file.set_attribute("/", "type", std::string("scorefem dataset"));
  file.set_attribute("/", "format_version", dataset::kDatasetFormatVersion);
  for (const auto& [name, value] : base::provenance(study::resolved_configuration(study)))
    file.set_attribute("/", name, value);
  study::write_origin(file, dataset::dataset_origin(study));
  file.set_attribute("/", "seed", static_cast<std::int64_t>(study.seed));
  file.set_attribute("/", "failed_samples", static_cast<std::int64_t>(failures.size()));
  file.set_attribute("/", "seconds", seconds);
  file.close();
  dataset::store_noise_unit(output.temporary_path());
  output.commit();
  log_failures(context, failures);
  dataset::warn_of_outliers("generate", dataset::Dataset(context.paths.dataset), context.log);
  std::string accuracy;
  if (header.discretisation_error.size() > 0) {
    char error[64];
    std::snprintf(error, sizeof error, "; discretisation error %.1e relative", header.largest_error());
    accuracy = error;
  }
  context.log.info("generated",
                   "generate: " + context.paths.dataset + " written, " + std::to_string(shape.rows.total()) +
                       " pairs from " + std::to_string(shards.size()) + " shard(s), solved in " +
                       base::duration_text(seconds) + accuracy,
                   {{"seconds", seconds},
                    {"failed_samples", failures.size()},
                    {"discretisation_error", header.largest_error()}});
  if (static_cast<Eigen::Index>(failures.size()) == shape.rows.total()) {
    throw std::runtime_error(context.paths.dataset +
                             ": no sample has a solution, the first: " + failures.front().reason +
                             "; mend the forward model, then `scorefem generate --force` asks it again");
  }
}

void merge(const study::StageContext& context, Storage storage) {
  const study::Study& study = context.study;
  const study::Origin origin = dataset::dataset_origin(study);
  const bool again = context.redo.state("merge", origin.inputs) != study::Redo::State::not_asked;
  if (fs::exists(context.paths.dataset) && !again) {
    const dataset::Dataset before(context.paths.dataset);
    const bool copy_wanted = storage == Storage::copy && before.is_view();
    if (!copy_wanted &&
        study::up_to_date(context, "merge", context.paths.dataset, before.origin(), origin, again))
      return;
  }
  const std::string folder = context.paths.shards;
  std::vector<dataset::ShardInfo> shards;
  for (const std::string& path : dataset::shard_files(folder, /*partial=*/false))
    shards.push_back(dataset::read_shard_info(path));
  shards = require_complete(std::move(shards), study.data.train + study.data.test, origin, folder);
  dataset::PairSequence pairs(study);
  join_shards(context, shards, make_header(study, pairs), storage);
}

}  // namespace scorefem::commands
