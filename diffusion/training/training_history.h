#pragma once

#include <cstdint>

namespace scorefem::diffusion {

/// One row per validation.
struct HistoryEntry {
  std::int64_t epoch;      //!< epochs completed
  double training_loss;    //!< mean over the steps since the last entry
  double validation_loss;  //!< with the weights that sampling would use; NaN without validation pairs
  double learning_rate;
  double seconds;  //!< wall time of the training so far, all its runs together
};

}  // namespace scorefem::diffusion
