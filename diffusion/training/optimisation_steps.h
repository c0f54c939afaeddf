#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "diffusion/training/training_state.h"

namespace scorefem::diffusion {

/// What takes a training's steps: batch, loss, gradient, Adam, average.
class OptimisationSteps {
 public:
  OptimisationSteps() = default;
  OptimisationSteps(const OptimisationSteps&) = delete;
  OptimisationSteps& operator=(const OptimisationSteps&) = delete;
  virtual ~OptimisationSteps() = default;

  /// How many steps are best taken without looking at their losses.
  virtual std::int64_t at_once() const = 0;
  /// Takes the steps that follow state.step, at most at_once(), on `rows` (int64 [steps * batch size],
  /// indices into the training part); changes the parameters, their average, Adam's moments and the step, all
  /// in place. Returns the steps' losses, which may not be finite. The same state must be given each time.
  virtual std::vector<double> take(TrainingState& state, const torch::Tensor& rows) = 0;
};

}  // namespace scorefem::diffusion
