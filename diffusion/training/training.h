#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "diffusion/model/model.h"
#include "diffusion/options/training_options.h"
#include "diffusion/training/training_history.h"

namespace scorefem::diffusion {

/// What a progress line shows, after every step, or several that a device takes at once.
struct TrainingProgress {
  std::int64_t step;  //!< completed, 1..total_steps
  std::int64_t total_steps;
  double loss;             //!< running mean
  double validation_loss;  //!< latest; NaN before the first
  double learning_rate;
  double steps_per_second;
};

struct TrainingCallbacks {
  std::function<void(const TrainingProgress&)> progress;  //!< may be empty
  std::function<bool()> stop;  //!< true: write a checkpoint and return; may be empty
};

struct TrainingResult {
  std::shared_ptr<const Model> model;
  std::vector<HistoryEntry> history;
  std::int64_t steps = 0;
  bool finished = false;  //!< false if the stop callback asked to stop
};

/// The loss became NaN or infinite. The last checkpoint is kept.
class TrainingError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Trains a model, writing checkpoints to `checkpoint_path` at intervals and at the end. If that file exists
/// the run continues from it and ends with the same weights, bit for bit on the same number of threads, as
/// one that was never stopped; a finished run returns at once. On another number of threads or another
/// processor it goes on too. `metadata` is stored in the checkpoint as it
/// is. Throws std::invalid_argument for bad options or pairs, CheckpointError if the existing checkpoint was
/// made with other options or data (Pairs::fingerprint()), std::system_error if one cannot be written,
/// TrainingError. Signals must not be handled on the threads that train.
TrainingResult train(const Pairs& pairs, const ProcessOptions& process, const ModelOptions& model,
                     const TrainingOptions& options, const std::string& checkpoint_path,
                     const std::map<std::string, std::string>& metadata = {},
                     const TrainingCallbacks& callbacks = {});

}  // namespace scorefem::diffusion
