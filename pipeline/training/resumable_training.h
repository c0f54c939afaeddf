#pragma once

#include <map>
#include <string>

#include "diffusion/training/training.h"
#include "pipeline/base/run_log.h"
#include "pipeline/study/origin.h"

namespace scorefem::training {

/// A training that saves itself now and then and at a signal, and goes on from there: hours of work that are
/// neither lost nor removed unasked.
struct ResumableTraining {
  base::RunLog& log;
  std::string command;   //!< that goes on with it, e.g. "train"
  std::string task;      //!< what progress is shown of
  std::string partial;   //!< its checkpoint while it is under way
  std::string finished;  //!< its checkpoint when it is whole
  study::Origin origin;  //!< what it is made from, kept in the checkpoint

  /// That a partial checkpoint, if there is one, is of this training: before the data are read.
  /// @throws base::InputError if it is of another
  void require_same() const;
  /// Trains until it is whole or a signal comes; parameters as for diffusion::train().
  /// @param metadata kept in the checkpoint beside the origin
  /// @throws base::InputError naming the option that cannot be; std::runtime_error if training fails
  diffusion::TrainingResult run(const diffusion::Pairs& pairs, const diffusion::ProcessOptions& process,
                                const diffusion::ModelOptions& model,
                                const diffusion::TrainingOptions& options,
                                std::map<std::string, std::string> metadata) const;
  /// Gives the whole training's checkpoint its name.
  /// @throws base::Interrupted if it is not whole
  void finish(const diffusion::TrainingResult& result) const;
};

}  // namespace scorefem::training
