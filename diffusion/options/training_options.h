#pragma once

#include <cstdint>

#include "diffusion/options/angle_distribution.h"
#include "diffusion/options/model_options.h"

namespace scorefem::diffusion {

enum class LearningRateSchedule { constant, cosine };
enum class Device { automatic, cpu, cuda };

/// How a model is trained. The defaults are the paper's where it states them.
struct TrainingOptions {
  int epochs = 10000;           //!< passes over the training part, >= 1
  int batch_size = 1000;        //!< pairs per step, >= 1, at most the training part
  std::int64_t window = 0;      //!< pairs that are shuffled together, see BatchOrder; 0: all
  double learning_rate = 1e-3;  //!< of Adam, > 0
  LearningRateSchedule schedule = LearningRateSchedule::constant;  //!< cosine: decays to 0 at the last step
  double ema_decay = 0.0;         //!< per step, in [0, 1); 0 is off; sampling uses the averaged weights
  double weight_decay = 0.0;      //!< AdamW: this times the learning rate, of each weight at each step, >= 0
  AngleDistribution angles;       //!< of gaussian_residual
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
  /// Pairs to train on, of `n_pairs`, when the validation part is held back. Throws std::invalid_argument if
  /// these are fewer than a batch.
  std::int64_t training_part(std::int64_t n_pairs) const;
  /// Whether batches are of windows of the training part: pairs need not be in memory then.
  bool in_windows(std::int64_t n_pairs) const { return window > 0 && window < training_part(n_pairs); }
};

}  // namespace scorefem::diffusion
