#include "pipeline/commands/train.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "diffusion/training/checkpoint.h"
#include "pipeline/base/atomic_file.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/interrupt.h"
#include "pipeline/base/provenance.h"
#include "pipeline/dataset/open_dataset.h"
#include "pipeline/dataset/resolved_noise.h"
#include "pipeline/posterior/training_rows.h"
#include "pipeline/study/load_study.h"
#include "pipeline/training/diffusion_errors.h"
#include "pipeline/training/trained_model.h"
#include "pipeline/training/training_pairs.h"

namespace scorefem::commands {
namespace {

namespace fs = std::filesystem;

/// Decimal text that reads back to the same number.
std::string exact_text(double value) {
  std::ostringstream out;
  out.precision(17);
  out << value;
  return out.str();
}

void write_history(const std::string& path, const std::vector<diffusion::HistoryEntry>& history) {
  std::ostringstream out;
  out.precision(8);
  out << "epoch,training_loss,validation_loss,learning_rate,seconds\n";
  for (const diffusion::HistoryEntry& entry : history) {
    out << entry.epoch << ',' << entry.training_loss << ',' << entry.validation_loss << ','
        << entry.learning_rate << ',' << entry.seconds << '\n';
  }
  base::write_text_file(path, out.str());
}

/// Decides what becomes of model.partial.pt: continued, or removed because it belongs to another
/// configuration.
/// @return the steps that were done before
std::int64_t prepare_partial_checkpoint(const study::StageContext& context, const std::string& inputs) {
  const std::string& partial = context.paths.partial_checkpoint;
  if (!fs::exists(partial)) return 0;
  if (context.force) {
    fs::remove(partial);
    return 0;
  }
  const std::string made_from = training::checkpoint_inputs(partial);
  if (made_from == inputs) {
    context.log.info("resume", "train: going on from " + partial);
    return diffusion::read_checkpoint_summary(partial).step;
  }
  context.log.info("restart", "train: the configuration changed since " + partial + " was written: " +
                                  study::first_difference(made_from, inputs) + "; starting anew");
  fs::remove(partial);
  return 0;
}

diffusion::TrainingCallbacks callbacks(base::Progress& progress) {
  return {[&progress](const diffusion::TrainingProgress& at) {
            char detail[96];
            std::snprintf(detail, sizeof detail, "loss %.5g, validation %.5g", at.loss, at.validation_loss);
            progress.update(at.step, at.total_steps, detail);
          },
          [] { return base::interrupt_requested(); }};
}

}  // namespace

void train(const study::StageContext& context) {
  const dataset::Dataset dataset = dataset::open_dataset(context);
  const std::string inputs = study::training_inputs(context.study);
  if (fs::exists(context.paths.checkpoint)) {
    const std::string made_from = context.force ? "" : training::checkpoint_inputs(context.paths.checkpoint);
    if (study::up_to_date(context, "train", context.paths.checkpoint, made_from, inputs)) return;
  }
  const std::int64_t steps_done = prepare_partial_checkpoint(context, inputs);

  const study::Stopwatch stopwatch;
  const dataset::ResolvedNoise noise = dataset::resolve_noise(context.study, dataset);
  const dataset::NetworkCoordinates coordinates =
      dataset::network_coordinates(context.study, dataset.unknowns());
  diffusion::TrainingOptions options = context.study.training;
  options.noise = noise.trained;
  options.fresh_noise = options.fresh_noise && noise.trained.maximum > 0;
  const diffusion::Pairs pairs = training::training_pairs(context.study, dataset, *noise.noise, coordinates);
  std::map<std::string, std::string> metadata =
      base::provenance(study::resolved_configuration(context.study));
  metadata["inputs"] = inputs;
  metadata["noise_unit"] = exact_text(noise.unit);
  metadata[posterior::kTrainingRowsKey] = posterior::training_rows_text(dataset);
  if (!coordinates.marginals.empty())
    metadata["coordinates"] = problem::to_json(coordinates.marginals).dump();
  context.log.info("train", "train: " + std::to_string(pairs.size()) + " pairs, noise " +
                                noise.noise->text(dataset.observations()) + ", " +
                                std::to_string(options.epochs) + " epochs");
  base::Progress progress(context.log, "train", "steps", steps_done);
  const diffusion::TrainingResult result = training::with_input_errors("train", [&] {
    return diffusion::train(pairs, context.study.process, context.study.model, options,
                            context.paths.partial_checkpoint, metadata, callbacks(progress));
  });
  write_history(context.paths.training_history, result.history);
  if (!result.finished) {
    throw base::Interrupted("train: stopped by a signal after step " + std::to_string(result.steps) +
                            "; saved in " + context.paths.partial_checkpoint +
                            ", the same command goes on from there");
  }
  fs::rename(context.paths.partial_checkpoint, context.paths.checkpoint);
  const double seconds = stopwatch.seconds();
  context.log.info("trained",
                   "train: " + context.paths.checkpoint + " written after " + std::to_string(result.steps) +
                       " steps in " + base::duration_text(seconds),
                   {{"seconds", seconds}, {"steps", result.steps}});
}

}  // namespace scorefem::commands
