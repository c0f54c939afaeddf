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

struct CheckpointContent;

/// A checkpoint that was read once: what it says and its weights belong together, whatever takes the place of
/// its file meanwhile.
class Checkpoint {
 public:
  /// @param bytes of the file; @param path for messages. Throws CheckpointError.
  Checkpoint(const std::string& bytes, const std::string& path);

  const CheckpointSummary& summary() const { return summary_; }
  /// The model for sampling, as load_model() gives it.
  std::shared_ptr<const Model> model(Device device = Device::automatic) const;

 private:
  std::shared_ptr<const CheckpointContent> content_;
  CheckpointSummary summary_;
};

/// Reads everything but the weights. Throws CheckpointError.
CheckpointSummary read_checkpoint_summary(const std::string& path);

/// Loads the model for sampling: averaged weights if there are any, the best ones if training stopped early.
/// Throws CheckpointError; std::invalid_argument if the device is cuda and there is none.
std::shared_ptr<const Model> load_model(const std::string& path, Device device = Device::automatic);

}  // namespace scorefem::diffusion
