#pragma once

#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "diffusion/model/model.h"
#include "diffusion/options/training_options.h"
#include "diffusion/training/training_history.h"

namespace scorefem::diffusion {

/// A checkpoint that cannot be used: missing, not a checkpoint, truncated, of another version or
/// architecture.
class CheckpointError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What a checkpoint says besides its weights. File format: diffusion/training/checkpoint_format.md.
struct CheckpointSummary {
  ModelSetup setup;
  std::int64_t step = 0;
  std::int64_t total_steps = 0;
  bool finished = false;  //!< all epochs done, or stopped early by the validation loss
  std::vector<HistoryEntry> history;
  std::map<std::string, std::string> training;  //!< the training options that decide the weights, as text
  std::map<std::string, std::string> metadata;  //!< the caller's own
};

/// Reads everything but the weights. Throws CheckpointError.
CheckpointSummary read_checkpoint_summary(const std::string& path);

/// Loads the model for sampling: averaged weights if there are any, the best ones if training stopped early.
/// Throws CheckpointError; std::invalid_argument if the device is cuda and there is none.
std::shared_ptr<const Model> load_model(const std::string& path, Device device = Device::automatic);

}  // namespace scorefem::diffusion
