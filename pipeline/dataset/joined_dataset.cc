#include "pipeline/dataset/joined_dataset.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "pipeline/base/atomic_file.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/interrupt.h"
#include "pipeline/base/joined.h"
#include "pipeline/base/provenance.h"
#include "pipeline/base/stopwatch.h"
#include "pipeline/dataset/discretisation.h"
#include "pipeline/dataset/noise_unit.h"
#include "pipeline/dataset/outliers.h"
#include "pipeline/study/load_study.h"
#include "pipeline/study/stage.h"

namespace scorefem::dataset {
namespace {

namespace fs = std::filesystem;
constexpr Eigen::Index kCopyRows = 2000;
constexpr Eigen::Index kAccuracySamples = 4;

std::string rows_text(RowRange rows) {
  return "rows " + std::to_string(rows.begin) + " to " + std::to_string(rows.end - 1);
}

/// The shards of `count` that hold rows of the gap: "3/10, 4/10".
std::string shards_in(RowRange gap, int count, Eigen::Index n_total) {
  std::vector<std::string> names;
  for (int index = 1; index <= count; ++index) {
    const Shard shard{index, count};
    const RowRange rows = shard.rows(n_total);
    if (rows.end > gap.begin && rows.begin < gap.end) names.push_back(shard.text());
  }
  return base::joined(names);
}

void copy_samples(base::Hdf5File& file, const DatasetShape& shape, const std::vector<ShardInfo>& shards) {
  create_dataset_arrays(file, shape);
  SplitSizes written;
  for (const ShardInfo& info : shards) {
    const base::Hdf5File shard = base::Hdf5File::open(info.path);
    DatasetShape part = shape;
    part.rows = info.part_sizes;
    for (const Split split : {Split::train, Split::test}) {
      Eigen::Index& next = written.rows[static_cast<std::size_t>(split)];
      for (Eigen::Index row = 0; row < part.rows[split]; row += kCopyRows) {
        base::stop_if_interrupted("all shards are kept; the same command goes on from there");
        const Eigen::Index n = std::min(kCopyRows, part.rows[split] - row);
        write_block(file, shape, split, next, read_block(shard, part, split, row, n));
        next += n;
      }
    }
  }
}

void view_samples(base::Hdf5File& file, const DatasetShape& shape, const std::vector<ShardInfo>& shards,
                  const fs::path& folder) {
  std::vector<StoredRows> parts;
  for (const ShardInfo& info : shards) {
    parts.push_back({fs::path(info.path).lexically_relative(folder).string(), info.part_sizes, info.content});
  }
  create_dataset_views(file, shape, parts);
}

void write_header(base::Hdf5File& file, const study::Study& study, const DatasetHeader& header) {
  const problem::Layout observations = study.forward->observations();
  write_layouts(file, study.forward->unknowns(), observations);
  write_fields(file, header.fields, observations.common_unit());
  if (header.response.size() > 0) write_response(file, header.response);
  file.set_attribute("/", "degrees_of_freedom", static_cast<std::int64_t>(header.degrees_of_freedom));
  file.set_attribute("/", "discretisation_error", header.largest_error());
  file.set_attribute("/", "discretisation_error_samples",
                     static_cast<std::int64_t>(header.discretisation_error.size()));
}

std::vector<FailedSample> all_failures(const std::vector<ShardInfo>& shards) {
  std::vector<FailedSample> failures;
  for (const ShardInfo& info : shards) {
    const std::vector<FailedSample> part = read_failures(base::Hdf5File::open(info.path));
    failures.insert(failures.end(), part.begin(), part.end());
  }
  return failures;
}

void log_failures(const study::Study& study, const std::vector<FailedSample>& failures, base::RunLog& log) {
  if (failures.empty()) return;
  for (const FailedSample& failure : failures) {
    log.record("failed_sample", {{"split", split_name(failure.split)},
                                 {"row", failure.row},
                                 {"seed", study.seed},
                                 {"reason", failure.reason}});
  }
  const FailedSample& first = failures.front();
  log.warn("failed_samples",
           std::to_string(failures.size()) + " samples have no solution and are marked NaN, the first: " +
               split_name(first.split) + " " + std::to_string(first.row) + ": " + first.reason);
}

}  // namespace

DatasetHeader make_header(const study::Study& study, PairSequence& pairs) {
  DatasetHeader header;
  problem::ForwardModel& model = pairs.model();
  const solver::Matrix unknowns = pairs.unknowns(Split::test, {0, study.data.fields});
  for (Eigen::Index i = 0; i < unknowns.rows() && study.forward->has_field(); ++i) {
    if (auto field = model.field(unknowns.row(i))) header.fields.push_back(std::move(*field));
  }
  if (auto response = model.response()) header.response = std::move(*response);
  header.degrees_of_freedom = model.degrees_of_freedom();
  const RowRange draws = RowRange{0, study.data.test}.first(kAccuracySamples);
  header.discretisation_error = model.discretisation_error(pairs.unknowns(Split::test, draws));
  return header;
}

std::vector<ShardInfo> require_complete(std::vector<ShardInfo> shards, Eigen::Index n_total,
                                        const study::Origin& origin, const std::string& folder) {
  for (const ShardInfo& info : shards) {
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
  std::sort(shards.begin(), shards.end(), [](const ShardInfo& a, const ShardInfo& b) {
    return std::pair(a.rows.begin, a.rows.end) < std::pair(b.rows.begin, b.rows.end);
  });
  std::string missing;
  Eigen::Index next = 0;
  const auto require_until = [&](Eigen::Index row, int count) {
    if (row <= next) return;
    const RowRange gap{next, row};
    missing += (missing.empty() ? "" : "; ") + shards_in(gap, count, n_total) + " (" + rows_text(gap) + ")";
  };
  for (std::size_t i = 0; i < shards.size(); ++i) {
    const ShardInfo& info = shards[i];
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

void join_shards(const study::Study& study, const std::string& path, const std::vector<ShardInfo>& shards,
                 const DatasetHeader& header, Storage storage, base::RunLog& log) {
  const base::Stopwatch stopwatch;
  base::AtomicFile output(path);
  base::Hdf5File file = base::Hdf5File::create(output.temporary_path());
  DatasetShape shape = read_shape(base::Hdf5File::open(shards.front().path));
  shape.rows = {{study.data.train, study.data.test}};
  if (storage == Storage::copy) {
    copy_samples(file, shape, shards);
  } else {
    view_samples(file, shape, shards, fs::path(path).parent_path());
  }
  write_header(file, study, header);
  const std::vector<FailedSample> failures = all_failures(shards);
  write_failures(file, failures);
  double seconds = stopwatch.seconds();
  for (const ShardInfo& info : shards) seconds += info.seconds;
  file.set_attribute("/", "type", std::string("scorefem dataset"));
  file.set_attribute("/", "format_version", kDatasetFormatVersion);
  for (const auto& [name, value] : base::provenance(study::resolved_configuration(study)))
    file.set_attribute("/", name, value);
  study::write_origin(file, dataset_origin(study));
  file.set_attribute("/", "seed", static_cast<std::int64_t>(study.seed));
  file.set_attribute("/", "failed_samples", static_cast<std::int64_t>(failures.size()));
  file.set_attribute("/", "seconds", seconds);
  file.close();
  store_noise_unit(output.temporary_path());
  output.commit();
  log_failures(study, failures, log);
  const Dataset written(path);
  warn_of_outliers("generate", written, log);
  if (const auto warning = discretisation_warning(study, written))
    log.warn("discretisation", "generate: " + path + ": " + *warning);
  std::string accuracy;
  if (header.discretisation_error.size() > 0) {
    char error[64];
    std::snprintf(error, sizeof error, "; discretisation error %.1e relative", header.largest_error());
    accuracy = error;
  }
  log.info("generated",
           "generate: " + path + " written, " + std::to_string(shape.rows.total()) + " pairs from " +
               std::to_string(shards.size()) + " shard(s), solved in " + base::duration_text(seconds) +
               accuracy,
           {{"seconds", seconds},
            {"failed_samples", failures.size()},
            {"discretisation_error", header.largest_error()}});
  if (static_cast<Eigen::Index>(failures.size()) == shape.rows.total()) {
    throw std::runtime_error(path + ": no sample has a solution, the first: " + failures.front().reason +
                             "; mend the forward model, then `scorefem generate --force` asks it again");
  }
}

}  // namespace scorefem::dataset
