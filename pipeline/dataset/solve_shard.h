#pragma once

#include <string>

#include "pipeline/base/ranks.h"
#include "pipeline/base/run_log.h"
#include "pipeline/dataset/pair_sequence.h"
#include "pipeline/dataset/shard.h"
#include "pipeline/study/study.h"

namespace scorefem::dataset {

/// The processes that solve the same samples together: the ranks that share a mesh for Parallel::domain,
/// otherwise this one alone. Its first member reads and writes the files.
class Team {
 public:
  static Team alone() { return Team(nullptr); }
  static Team of(const base::Ranks& ranks) { return Team(&ranks); }

  bool is_first() const { return ranks_ == nullptr || ranks_->is_first(); }
  bool any(bool here) const { return ranks_ == nullptr ? here : ranks_->any(here); }
  /// The first member's rows, on all.
  RowRange share(RowRange rows) const;

 private:
  explicit Team(const base::Ranks* ranks) : ranks_(ranks) {}
  const base::Ranks* ranks_;
};

/// Shows how far this process is with the samples that it has to solve.
class RowCounter {
 public:
  RowCounter(base::RunLog& log, const std::string& unit, Eigen::Index total)
      : progress_(log, "generate", unit), total_(total) {}
  /// Rows that an earlier run had solved.
  void skip(Eigen::Index n) { total_ -= n; }
  void add(Eigen::Index n) {
    done_ += n;
    progress_.update(done_, total_);
  }

 private:
  base::Progress progress_;
  Eigen::Index total_;
  Eigen::Index done_ = 0;
};

/// Solves what an earlier run left of a shard and puts its file in `folder`. Collective over the team.
/// @return false if a signal came first; what was solved is saved
/// @throws base::Interrupted if the model cannot go on for now (ForwardModel::observe); what was solved is
/// saved
bool solve_shard(const study::Study& study, const std::string& folder, const Team& team, PairSequence& pairs,
                 Shard shard, RowCounter& counter);

}  // namespace scorefem::dataset
