#include "pipeline/commands/train.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "diffusion/training/checkpoint.h"
#include "diffusion/training/training.h"
#include "pipeline/base/atomic_file.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/interrupt.h"
#include "pipeline/base/provenance.h"
#include "pipeline/dataset/open_dataset.h"
#include "pipeline/dataset/outliers.h"
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

/// The steps of model.partial.pt, which is gone on from.
/// @throws InputError if it belongs to another training: hours of work are not removed unasked
std::int64_t steps_of_partial_checkpoint(const study::StageContext& context, const study::Origin& origin) {
  const std::string& partial = context.paths.partial_checkpoint;
  if (!fs::exists(partial)) return 0;
  const std::string reason = study::difference(training::checkpoint_origin(partial), origin);
  const std::int64_t steps = diffusion::read_checkpoint_summary(partial).step;
  if (!reason.empty()) {
    throw base::InputError(
        partial + ": a training that was stopped after " + std::to_string(steps) +
        " steps, and another one: " + reason +
        "; finish it as it was, use another --output, or remove it by `scorefem train --force`");
  }
  context.log.info("resume", "train: going on from " + partial);
  base::note_saved_work();
  return steps;
}

diffusion::TrainingCallbacks callbacks(base::Progress& progress) {
  return {[&progress](const diffusion::TrainingProgress& at) {
            char detail[96];
            std::snprintf(detail, sizeof detail, "loss %.5g, validation %.5g", at.loss, at.validation_loss);
            progress.update(at.step, at.total_steps, detail);
          },
          [] { return base::interrupt_requested_to_save(); }};
}

}  // namespace

void train(const study::StageContext& context) {
  const dataset::Dataset dataset = dataset::open_dataset(context);
  const study::Origin origin = training::training_origin(context.study, dataset);
  const study::Redo::State redo = context.redo.state("train", origin.inputs);
  if (fs::exists(context.paths.checkpoint)) {
    const bool again = redo != study::Redo::State::not_asked;
    const study::Origin made = again ? origin : training::checkpoint_origin(context.paths.checkpoint);
    if (study::up_to_date(context, "train", context.paths.checkpoint, made, origin, again)) return;
  }
  if (redo == study::Redo::State::begin) {
    fs::remove(context.paths.partial_checkpoint);
    context.redo.begun("train", origin.inputs);
  }
  const std::int64_t steps_done = steps_of_partial_checkpoint(context, origin);

  dataset::warn_of_outliers("train", dataset, context.log);
  const study::Stopwatch stopwatch;
  const dataset::ResolvedNoise noise = dataset::resolve_noise(context.study, dataset);
  const dataset::NetworkCoordinates coordinates =
      dataset::network_coordinates(context.study, dataset.unknowns());
  const dataset::ObservationEncoding encoding = dataset::observation_encoding(context.study, dataset);
  diffusion::TrainingOptions options = context.study.training;
  if (!encoding.encodes()) options.noise = noise.trained;  // else it is in the pairs
  options.fresh_noise = options.fresh_noise && options.noise.maximum > 0;
  const diffusion::Pairs pairs = training::training_pairs(
      context.study, dataset, *noise.noise, coordinates, encoding,
      options.in_windows(dataset.shape().rows[dataset::Split::train]) ? context.paths.directory : "");
  std::map<std::string, std::string> metadata =
      base::provenance(study::resolved_configuration(context.study));
  metadata.merge(origin.texts());
  metadata["noise_unit"] = exact_text(noise.unit);
  posterior::add_training_rows(dataset, encoding.encodes(), metadata);
  if (!coordinates.marginals.empty())
    metadata["coordinates"] = problem::to_json(coordinates.marginals).dump();
  if (encoding.encodes()) metadata["observation_encoding"] = encoding.to_json(*noise.noise).dump();
  context.log.info("train", "train: " + std::to_string(pairs.size()) + " pairs, noise " +
                                noise.noise->text(dataset.observations()) + ", " +
                                std::to_string(options.epochs) + " epochs");
  base::Progress progress(context.log, "train", "steps", steps_done);
  const diffusion::TrainingResult result = training::with_input_errors("train", [&] {
    return diffusion::train(pairs, context.study.process, context.study.model, options,
                            context.paths.partial_checkpoint, metadata, callbacks(progress));
  });
  base::note_saved_work();
  write_history(context.paths.training_history, result.history);
  if (!result.finished) {
    throw base::Interrupted("train: stopped by a signal after step " + std::to_string(result.steps) +
                            "; saved in " + context.paths.partial_checkpoint +
                            ", the same command goes on from there");
  }
  fs::rename(context.paths.partial_checkpoint, context.paths.checkpoint);
  context.redo.done("train");
  const double seconds = stopwatch.seconds();
  context.log.info("trained",
                   "train: " + context.paths.checkpoint + " written after " + std::to_string(result.steps) +
                       " steps in " + base::duration_text(seconds),
                   {{"seconds", seconds}, {"steps", result.steps}});
}

}  // namespace scorefem::commands
