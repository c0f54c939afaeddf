#include "diffusion/training/schedule.h"

#include <algorithm>
#include <cmath>

namespace scorefem::diffusion {

double learning_rate(const TrainingOptions& options, std::int64_t step, std::int64_t total_steps) {
  if (options.schedule == LearningRateSchedule::constant) return options.learning_rate;
  constexpr double kPi = 3.14159265358979323846;
  const double progress = static_cast<double>(step) / static_cast<double>(total_steps);
  return 0.5 * options.learning_rate * (1.0 + std::cos(kPi * progress));
}

double averaging_decay(const TrainingOptions& options, std::int64_t step) {
  const auto n = static_cast<double>(step);
  return std::min(options.ema_decay, (1.0 + n) / (10.0 + n));
}

}  // namespace scorefem::diffusion
