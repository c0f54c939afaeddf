#include "pipeline/training/resumable_training.h"

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "diffusion/training/checkpoint.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/interrupt.h"
#include "pipeline/training/diffusion_errors.h"
#include "pipeline/training/trained_model.h"

namespace scorefem::training {
namespace {

namespace fs = std::filesystem;

std::string losses(const diffusion::TrainingProgress& at) {
  char text[96];
  if (std::isfinite(at.validation_loss)) {
    std::snprintf(text, sizeof text, "loss %.5g, validation %.5g", at.loss, at.validation_loss);
  } else {
    std::snprintf(text, sizeof text, "loss %.5g", at.loss);
  }
  return text;
}

}  // namespace

void ResumableTraining::require_same() const {
  if (!fs::exists(partial)) return;
  const std::string reason = study::difference(checkpoint_origin(partial), origin);
  if (!reason.empty()) {
    throw base::InputError(partial + ": a training that was stopped after " +
                           std::to_string(diffusion::read_checkpoint_summary(partial).step) +
                           " steps, and another one: " + reason +
                           "; finish it as it was, use another --output, or remove it by `scorefem " +
                           command + " --force`");
  }
  log.info("resume", command + ": going on from " + partial);
  base::note_saved_work();
}

diffusion::TrainingResult ResumableTraining::run(const diffusion::Pairs& pairs,
                                                 const diffusion::ProcessOptions& process,
                                                 const diffusion::ModelOptions& model,
                                                 const diffusion::TrainingOptions& options,
                                                 std::map<std::string, std::string> metadata) const {
  const std::int64_t before = fs::exists(partial) ? diffusion::read_checkpoint_summary(partial).step : 0;
  base::Progress progress(log, task, "steps", before);
  const diffusion::TrainingCallbacks callbacks{[&progress](const diffusion::TrainingProgress& at) {
                                                 progress.update(at.step, at.total_steps, losses(at));
                                               },
                                               [] { return base::interrupt_requested_to_save(); }};
  metadata.merge(origin.texts());
  diffusion::TrainingResult result = with_input_errors(command, [&] {
    return diffusion::train(pairs, process, model, options, partial, metadata, callbacks);
  });
  base::note_saved_work();
  return result;
}

void ResumableTraining::finish(const diffusion::TrainingResult& result) const {
  if (!result.finished) {
    throw base::Interrupted(command + ": stopped by a signal after step " + std::to_string(result.steps) +
                            "; saved in " + partial + ", the same command goes on from there");
  }
  fs::rename(partial, finished);
}

}  // namespace scorefem::training
