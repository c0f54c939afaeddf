#include "diffusion/options/training_options.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "diffusion/numerics/require.h"

namespace scorefem::diffusion {

void TrainingOptions::validate() const {
  require(epochs >= 1, "training: epochs", epochs, ">= 1");
  require(batch_size >= 1, "training: batch_size", batch_size, ">= 1");
  require(window >= 0, "training: window", window, ">= 0");
  require(std::isfinite(learning_rate) && learning_rate > 0.0, "training: learning_rate", learning_rate,
          "> 0");
  require(ema_decay >= 0.0 && ema_decay < 1.0, "training: ema_decay", ema_decay, "[0, 1)");
  require(std::isfinite(gradient_clip) && gradient_clip >= 0.0, "training: gradient_clip", gradient_clip,
          ">= 0");
  require(std::isfinite(weight_decay) && weight_decay >= 0.0, "training: weight_decay", weight_decay, ">= 0");
  angles.validate();
  require(mask_probability > 0.0 && mask_probability <= 1.0, "training: mask_probability", mask_probability,
          "(0, 1]");
  require(validation_fraction >= 0.0 && validation_fraction < 1.0, "training: validation_fraction",
          validation_fraction, "[0, 1)");
  require(validation_interval >= 1, "training: validation_interval", validation_interval, ">= 1");
  require(patience >= 0, "training: patience", patience, ">= 0");
  require(patience == 0 || validation_fraction > 0.0, "training: validation_fraction", validation_fraction,
          "> 0 when patience asks for early stopping");
  require(std::isfinite(checkpoint_interval) && checkpoint_interval > 0.0, "training: checkpoint_interval",
          checkpoint_interval, "> 0");
  require(threads >= 0, "training: threads", threads, ">= 0");
  noise.validate();
}

std::int64_t TrainingOptions::training_part(std::int64_t n_pairs) const {
  std::int64_t held_back = std::llround(validation_fraction * static_cast<double>(n_pairs));
  if (validation_fraction > 0.0) held_back = std::max<std::int64_t>(held_back, 1);
  const std::int64_t part = n_pairs - held_back;
  require(batch_size <= part, "training: batch_size", batch_size,
          "at most the training part, " + std::to_string(part) + " of " + std::to_string(n_pairs) + " pairs");
  return part;
}

}  // namespace scorefem::diffusion
