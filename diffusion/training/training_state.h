#pragma once

#include <torch/types.h>

#include <limits>
#include <vector>

#include "diffusion/training/adam.h"
#include "diffusion/training/training_history.h"

namespace scorefem::diffusion {

/// Everything that changes during training: enough to go on as if nothing had happened. Random numbers are
/// keyed by step, so they need no state of their own. Tensors are float32 [n_parameters]; undefined where not
/// in use.
struct TrainingState {
  torch::Tensor parameters;
  torch::Tensor averaged;  //!< exponential moving average
  torch::Tensor best;      //!< at the lowest validation loss, for early stopping
  Adam adam;
  std::int64_t step = 0;
  std::int64_t total_steps = 0;
  double loss_sum = 0.0;  //!< since the last history entry
  std::int64_t loss_count = 0;
  double best_validation_loss = std::numeric_limits<double>::infinity();
  std::int64_t validations_since_best = 0;
  bool finished = false;
  std::vector<HistoryEntry> history;

  /// The weights that sampling should use now.
  const torch::Tensor& sampling_parameters() const {
    if (finished && best.defined()) return best;
    return averaged.defined() ? averaged : parameters;
  }
};

}  // namespace scorefem::diffusion
