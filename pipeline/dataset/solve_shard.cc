#include "pipeline/dataset/solve_shard.h"

#include <algorithm>
#include <optional>

#include "pipeline/base/errors.h"
#include "pipeline/base/interrupt.h"
#include "pipeline/base/provenance.h"
#include "pipeline/base/stopwatch.h"
#include "pipeline/dataset/shard_file.h"
#include "pipeline/study/load_study.h"

namespace scorefem::dataset {
namespace {

constexpr double kSaveInterval = 5;  // seconds between saves of a shard, unless it has many rows by then

/// Samples that are solved and written at a time. After a signal the block in hand is finished, which must
/// not take longer than the program waits for it (base::OnSignal): the size follows the time that blocks
/// take.
class BlockSize {
 public:
  explicit BlockSize(const problem::ForwardModel& model)
      : least_(model.least_batch()), rows_(std::max(model.first_batch(), least_)) {}
  Eigen::Index rows() const { return rows_; }
  void adapt(double seconds) {
    if (seconds < 0.25) rows_ = std::max(least_, std::min<Eigen::Index>(2 * rows_, 1024));
    if (seconds > 0.75) rows_ = std::max(least_, rows_ / 2);
  }

 private:
  Eigen::Index least_;
  Eigen::Index rows_;
};

/// What `solve` gives; where the model cannot go on for now, the blocks before are put in their place.
template <class Solve>
SolvedBlock saved_if_interrupted(std::optional<ShardWriter>& writer, Eigen::Index first_row,
                                 const base::Stopwatch& stopwatch, const Solve& solve) {
  try {
    return solve();
  } catch (const base::Interrupted&) {
    if (writer) writer->finish(stopwatch.seconds());
    if (writer && writer->next_row() > first_row) base::note_saved_work();
    throw;
  }
}

std::map<std::string, std::string> shard_attributes(const study::Study& study) {
  auto attributes = base::provenance(study::resolved_configuration(study));
  attributes.merge(dataset_origin(study).texts());
  return attributes;
}

}  // namespace

RowRange Team::share(RowRange rows) const {
  if (ranks_ == nullptr) return rows;
  const std::vector<std::int64_t> shared = ranks_->broadcast({rows.begin, rows.end});
  return {shared[0], shared[1]};
}

bool solve_shard(const study::Study& study, const std::string& folder, const Team& team, PairSequence& pairs,
                 Shard shard, RowCounter& counter) {
  const base::Stopwatch stopwatch;
  const SplitSizes sizes = pairs.shape().rows;
  const RowRange rows = shard.rows(sizes.total());
  std::optional<ShardWriter> writer;
  if (team.is_first()) {
    writer.emplace(folder, shard, pairs.shape(), shard_attributes(study));
    counter.skip(writer->next_row() - rows.begin);
  }
  RowRange left = team.share({writer ? writer->next_row() : 0, rows.end});
  if (writer && writer->next_row() > rows.begin) base::note_saved_work();
  BlockSize block_size(pairs.model());
  base::Stopwatch since_save;
  // At least one block, so that a job that is stopped again and again still gets on.
  bool stop = false;
  while (!left.empty() && !stop) {
    const base::Stopwatch block_time;
    const Split split = sizes.within(Split::train, left).empty() ? Split::test : Split::train;
    const RowRange block = team.share(sizes.within(split, left).first(block_size.rows()));
    const SolvedBlock solved =
        saved_if_interrupted(writer, rows.begin, stopwatch, [&] { return pairs.solve(split, block); });
    if (writer) writer->append(split, solved.samples, solved.failures);
    left.begin += block.size();
    counter.add(block.size());
    block_size.adapt(block_time.seconds());
    if (writer && (writer->n_unsaved() >= study.shard_rows || since_save.seconds() > kSaveInterval)) {
      writer->save(stopwatch.seconds());
      base::note_saved_work();
      since_save = base::Stopwatch();
    }
    stop = team.any(base::interrupt_requested_to_save());
  }
  if (writer) writer->finish(stopwatch.seconds());
  base::note_saved_work();
  return left.empty();
}

}  // namespace scorefem::dataset
