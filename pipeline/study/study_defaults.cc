#include "pipeline/study/study_defaults.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace scorefem::study {

namespace {

/// Residual layers need fewer steps, and overfit sooner.
struct Length {
  double steps, steps_between_validations;
  int patience;
  std::int64_t batches_an_epoch, least_batch;
};
constexpr Length kPlain{8000, 200, 15, 10, 100};
constexpr Length kResidual{4000, 100, 10, 20, 64};

/// Imported pairs may be few or many: the length of the training is a number of steps, and it ends where
/// pairs that are held back say that no more is learnt. Their posteriors may be narrow in any coordinates,
/// which is learnt at small angles.
void fit_training_to(const problem::ImportedSizes& sizes, const Length& length,
                     diffusion::TrainingOptions& training) {
  training.validation_fraction = 0.1;
  training.angles = {0.6, -1.6, 1.4};
  training.batch_size = 1;
  if (sizes.train < 2) return;  // training will say so
  const std::int64_t part = training.training_part(sizes.train);
  training.batch_size = static_cast<int>(
      std::min(part, std::clamp<std::int64_t>(part / length.batches_an_epoch, length.least_batch, 1000)));
  const auto steps_per_epoch = static_cast<double>(part / training.batch_size);
  const auto epochs = [&](double steps) {
    return std::max(1, static_cast<int>(std::lround(steps / steps_per_epoch)));
  };
  training.epochs = epochs(length.steps);
  training.validation_interval = epochs(length.steps_between_validations);
  training.patience = length.patience;
}

/// The paper's network with the paper's training; the other with what reached the exact posterior.
void use_network_defaults(Study& study) {
  diffusion::ModelOptions& model = study.model;
  const bool paper = model.network == diffusion::Network::mlp;
  const bool residual = model.layers == diffusion::Layers::residual;
  model.activation = paper ? diffusion::Activation::relu : diffusion::Activation::silu;
  model.positive = !paper && study.prior->clips();
  if (!paper && study.forward->is_curved()) model.centre = diffusion::Centre::quadratic;
  diffusion::TrainingOptions& training = study.training;
  training.epochs = 1000;
  training.schedule =
      paper ? diffusion::LearningRateSchedule::constant : diffusion::LearningRateSchedule::cosine;
  training.ema_decay = paper ? 0 : 0.999;
  training.gradient_clip = paper ? 0 : 1;
  training.fresh_noise = !paper;
  training.weight_decay = residual ? 0.02 : 0;
  if (const std::optional<problem::ImportedSizes> imported = study.forward->imported())
    fit_training_to(*imported, residual ? kResidual : kPlain, training);
  if (paper) training.epochs = 10000;
  study.sampling.sampler.method = paper ? diffusion::Method::rk45 : diffusion::Method::angle_adaptive;
  study.sampling.sampler.steps = paper ? 100 : 3;
}

/// As many test measurements as are usual, or the whole test part if that is smaller.
void use_size_defaults(Study& study) {
  const std::int64_t n_test = std::max<std::int64_t>(study.data.test, 1);
  const bool linear = study.forward->is_linear();  // exact posteriors are cheap
  study.sampling.measurements = std::min<std::int64_t>(1000, n_test);
  study.reference.measurements = std::min<std::int64_t>(linear ? 1000 : 50, n_test);
  study.reference.run = linear ? std::min<std::int64_t>(40, n_test) : 0;
}

}  // namespace

void use_defaults(Study& study) {
  study.output = "runs/" + study.name;
  study.data.fields = study.forward->has_field() ? 3 : 0;
  use_network_defaults(study);
  use_size_defaults(study);
}

}  // namespace scorefem::study
