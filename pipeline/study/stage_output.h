#pragma once

#include <functional>
#include <string>
#include <vector>

#include "pipeline/base/run_log.h"
#include "pipeline/study/origin.h"
#include "pipeline/study/redo.h"
#include "pipeline/study/stage.h"

namespace scorefem::study {

/// What one stage makes, and the rule whether it is kept, made again or gone on with: the file is there and
/// of the origin that it would have now, and --force does not ask for it again.
class StageOutput {
 public:
  /// @param stage as in messages and for Redo, e.g. "train"
  /// @param file that is there when the stage is done
  /// @param wanted the origin that it would have now
  StageOutput(base::RunLog& log, Redo& redo, std::string stage, std::string file, Origin wanted);
  StageOutput(const StageContext& context, std::string stage, std::string file, Origin wanted);

  const Origin& wanted() const { return wanted_; }
  /// Whether it is to be made again whatever it is (--force).
  bool again() const { return state_ != Redo::State::not_asked; }
  /// Whether what earlier commands left of it is to be removed first: the first time that --force asks.
  bool anew() const { return state_ == Redo::State::begin; }
  /// Whether the file can be kept; says so, or why not, in the log.
  /// @param made reads the existing file's origin; not called if there is none, or it does not matter
  bool is_current(const std::function<Origin()>& made) const;
  /// The work begins. If anew(), what is left is removed, and kept from then on.
  /// @param left_over files and folders, which need not be there
  void begin(const std::vector<std::string>& left_over = {});
  /// The file is whole: from now on it counts as up to date.
  void done() { redo_.done(stage_); }

 private:
  base::RunLog& log_;
  Redo& redo_;
  std::string stage_;
  std::string file_;
  Origin wanted_;
  Redo::State state_;  // when this was made
};

}  // namespace scorefem::study
