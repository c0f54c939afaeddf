#pragma once

#include <memory>
#include <vector>

#include "diffusion/model/trainable_model.h"
#include "diffusion/numerics/captured_work.h"
#include "diffusion/options/training_options.h"
#include "diffusion/training/batch_source.h"
#include "diffusion/training/optimisation_steps.h"

namespace scorefem::diffusion {

/// A training's steps on a device that works on its own while the host goes on: random numbers and batches of
/// many steps are made there at once, a step finds its own by a counter on the device, and losses come back
/// together. Nothing in a step waits for the device or sends it anything, so that a step can be captured once
/// and repeated as one launch, where the device can do so. Random numbers are keyed as on the CPU, so steps
/// do not depend on how many are taken at once.
class DeviceSteps : public OptimisationSteps {
 public:
  /// `model` and `source` must outlive it.
  DeviceSteps(const TrainableModel& model, const BatchSource& source, const TrainingOptions& options);

  std::int64_t at_once() const override { return at_once_; }
  std::vector<double> take(TrainingState& state, const torch::Tensor& rows) override;

 private:
  /// Batches and factors of `n` steps to where the steps look for them.
  void prepare(const TrainingState& state, const torch::Tensor& rows, std::int64_t n);
  /// The batch of the step that is next.
  Batch batch() const;
  void step(TrainingState& state);
  void capture(TrainingState& state);

  const TrainableModel& model_;
  const BatchSource& source_;
  TrainingOptions options_;
  BatchStreams streams_;
  std::int64_t at_once_;
  Batch batches_;          // of at_once_ steps, one after the other
  torch::Tensor factors_;  // [at_once_, Factor::count]: what changes from step to step
  torch::Tensor losses_;   // [at_once_]
  torch::Tensor slot_;     // [1] int64: which of them is next
  std::int64_t steps_before_capture_;
  std::unique_ptr<CapturedWork> captured_;
};

}  // namespace scorefem::diffusion
