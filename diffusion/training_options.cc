#include "diffusion/training_options.h"

#include <cmath>
#include <sstream>
#include <stdexcept>

namespace scorefem::diffusion {

namespace {

template <class Value>
void require(bool condition, const char* name, Value value, const char* allowed) {
  if (condition) return;
  std::ostringstream message;
  message << "training: " << name << " = " << value << ", allowed: " << allowed;
  throw std::invalid_argument(message.str());
}

}  // namespace

void TrainingOptions::validate() const {
  require(epochs >= 1, "epochs", epochs, ">= 1");
  require(batch_size >= 1, "batch_size", batch_size, ">= 1");
  require(std::isfinite(learning_rate) && learning_rate > 0.0, "learning_rate", learning_rate, "> 0");
  require(ema_decay >= 0.0 && ema_decay < 1.0, "ema_decay", ema_decay, "[0, 1)");
  require(std::isfinite(gradient_clip) && gradient_clip >= 0.0, "gradient_clip", gradient_clip, ">= 0");
  require(mask_probability > 0.0 && mask_probability <= 1.0, "mask_probability", mask_probability, "(0, 1]");
  require(validation_fraction >= 0.0 && validation_fraction < 1.0, "validation_fraction", validation_fraction,
          "[0, 1)");
  require(validation_interval >= 1, "validation_interval", validation_interval, ">= 1");
  require(patience >= 0, "patience", patience, ">= 0");
  require(patience == 0 || validation_fraction > 0.0, "validation_fraction", validation_fraction,
          "> 0 when patience asks for early stopping");
  require(std::isfinite(checkpoint_interval) && checkpoint_interval > 0.0, "checkpoint_interval",
          checkpoint_interval, "> 0");
  require(threads >= 0, "threads", threads, ">= 0");
  noise.validate();
}

}  // namespace scorefem::diffusion
