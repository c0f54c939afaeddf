#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "diffusion/model.h"

namespace scorefem::diffusion {

enum class LearningRateSchedule { constant, cosine };
enum class Device { automatic, cpu, cuda };

/// How a model is trained. The defaults are the paper's where it states them.
struct TrainingOptions {
  int epochs = 10000;           //!< passes over the training part, >= 1
  int batch_size = 1000;        //!< pairs per step, >= 1, at most the training part
  double learning_rate = 1e-3;  //!< of Adam, > 0
  LearningRateSchedule schedule = LearningRateSchedule::constant;  //!< cosine: decays to 0 at the last step
  double ema_decay = 0.0;         //!< per step, in [0, 1); 0 is off; sampling uses the averaged weights
  double gradient_clip = 0.0;     //!< largest norm of the gradient; 0 is off
  NoiseRange noise;               //!< absolute standard deviation of the measurement noise
  bool fresh_noise = false;       //!< draw the noise anew for every batch; else the data set's fixed draws
  bool fresh_masks = false;       //!< draw masks anew for every batch; else the data set's fixed masks
  double mask_probability = 0.7;  //!< of a sensor being on, for fresh masks, in (0, 1]
  double validation_fraction = 0.05;  //!< of the pairs, held back, in [0, 1); at least one pair unless 0
  int validation_interval = 10;       //!< epochs between validations, >= 1
  int patience = 0;                   //!< stop after so many validations without improvement; 0 is off
  double checkpoint_interval = 60.0;  //!< seconds between checkpoints, > 0
  std::uint64_t seed = 1;
  int threads = 0;                    //!< CPU threads, 0: all that the process may use
  Device device = Device::automatic;  //!< automatic: CUDA if there is one

  /// Throws std::invalid_argument naming the value and what is allowed.
  void validate() const;
};

/// One row per validation.
struct HistoryEntry {
  std::int64_t epoch;      //!< epochs completed
  double training_loss;    //!< mean over the steps since the last entry
  double validation_loss;  //!< with the weights that sampling would use; NaN without validation pairs
  double learning_rate;
};

/// What a progress line shows, after every step.
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
/// one that was never stopped; a finished run returns at once. `metadata` is stored in the checkpoint as it
/// is. Throws std::invalid_argument for bad options or pairs, CheckpointError if the existing checkpoint was
/// made with other options or shapes, TrainingError.
TrainingResult train(const Pairs& pairs, const ProcessOptions& process, const ModelOptions& model,
                     const TrainingOptions& options, const std::string& checkpoint_path,
                     const std::map<std::string, std::string>& metadata = {},
                     const TrainingCallbacks& callbacks = {});

}  // namespace scorefem::diffusion
