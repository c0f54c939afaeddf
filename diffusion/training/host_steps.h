#pragma once

#include <vector>

#include "diffusion/model/trainable_model.h"
#include "diffusion/options/training_options.h"
#include "diffusion/training/batch_source.h"
#include "diffusion/training/optimisation_steps.h"

namespace scorefem::diffusion {

/// A training's steps on the CPU, one at a time.
class HostSteps : public OptimisationSteps {
 public:
  /// `model` and `source` must outlive it.
  HostSteps(const TrainableModel& model, const BatchSource& source, const TrainingOptions& options);

  std::int64_t at_once() const override { return 1; }
  std::vector<double> take(TrainingState& state, const torch::Tensor& rows) override;

 private:
  void clip(torch::Tensor& gradient) const;

  const TrainableModel& model_;
  const BatchSource& source_;
  TrainingOptions options_;
  BatchStreams streams_;
};

}  // namespace scorefem::diffusion
