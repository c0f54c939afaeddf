#include "pipeline/commands/train.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "diffusion/training/checkpoint.h"
#include "pipeline/base/atomic_file.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/fingerprint.h"
#include "pipeline/base/interrupt.h"
#include "pipeline/base/provenance.h"
#include "pipeline/dataset/content.h"
#include "pipeline/dataset/noise_level.h"
#include "pipeline/dataset/pair_sequence.h"
#include "pipeline/dataset/shard_file.h"
#include "pipeline/dataset/tensor_copy.h"
#include "pipeline/training/diffusion_errors.h"

namespace scorefem::commands {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTrainingData = "training data";

/// Decimal text that reads back to the same number.
std::string exact_text(double value) {
  std::ostringstream out;
  out.precision(17);
  out << value;
  return out.str();
}

/// What a checkpoint was made from.
study::Origin checkpoint_origin(const std::string& path) {
  try {
    const auto summary =
        training::with_input_errors(path, [&] { return diffusion::read_checkpoint_summary(path); });
    if (summary.metadata.count("inputs") > 0) return study::Origin::from_texts(summary.metadata);
    throw base::InputError(path + ": a checkpoint without the configuration it was made from");
  } catch (const base::InputError& error) {
    throw base::InputError(std::string(error.what()) + "; `scorefem train --force` trains anew");
  }
}

/// What a training on this data set is made from.
study::Origin training_origin(const study::Study& study, const dataset::Dataset& dataset) {
  return {study::training_inputs(study),
          study::ResultVersion::kModel,
          {{kTrainingData, dataset::content_fingerprint(dataset, dataset::Split::train)}}};
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
  const std::string reason = study::difference(checkpoint_origin(partial), origin);
  const std::int64_t steps = diffusion::read_checkpoint_summary(partial).step;
  if (!reason.empty()) {
    throw base::InputError(partial + ": a training that was stopped after " + std::to_string(steps) +
                           " steps, but another one: " + reason +
                           "; finish it with its own configuration and data, use another --output, or remove it by "
                           "`scorefem train --force`");
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

/// The training part as the model learns it. A model of a clipped prior learns the prior's draws before the
/// clipping and clips its samples: these are smooth, where the fluxes have kinks and a point mass at 0.
diffusion::Pairs training_pairs(const study::Study& study, const dataset::Dataset& dataset) {
  const dataset::RowRange rows{0, dataset.shape().rows[dataset::Split::train]};
  dataset::SampleBlock block = dataset.read(dataset::Split::train, rows.begin, rows.size());
  if (study.model.positive) {
    constexpr double kRounding = 1e-9;  // of another processor
    solver::Matrix unclipped = dataset::draw_unclipped_flux(study, dataset::Split::train, rows);
    if ((unclipped.cwiseMax(0.0) - block.flux).cwiseAbs().maxCoeff() > kRounding * block.flux.maxCoeff()) {
      throw base::InputError(
          "/train/flux of the data set: not what seed and prior of the configuration give; "
          "expected with model.positive, which learns the prior before its clipping");
    }
    block.flux = std::move(unclipped);
  }
  return dataset::to_pairs(block);
}

}  // namespace

dataset::Dataset open_dataset(const study::StageContext& context) {
  const std::string& path = context.paths.dataset;
  if (!fs::exists(path))
    throw base::InputError(path + ": there is no data set; run `scorefem generate` first");
  dataset::Dataset dataset(path);
  const std::string reason = study::difference(dataset.origin(), dataset::dataset_origin(context.study));
  if (!reason.empty()) {
    throw base::InputError(path + ": made from another configuration or program: " + reason +
                           "; run `scorefem generate` again");
  }
  return dataset;
}

void require_matching_checkpoint(const study::Study& study, const std::string& path) {
  if (!fs::exists(path))
    throw base::InputError(path + ": there is no trained model; run `scorefem train` first");
  const study::Origin made = checkpoint_origin(path);
  const std::string reason =
      study::difference(made, {study::training_inputs(study), study::ResultVersion::kModel, {}});
  if (!reason.empty()) {
    throw base::InputError(path + ": the checkpoint does not fit the configuration: " + reason +
                           "; run `scorefem train` again");
  }
}

void require_matching_checkpoint(const study::Study& study, const std::string& path, const dataset::Dataset& dataset) {
  require_matching_checkpoint(study, path);
  const std::string reason = study::difference(checkpoint_origin(path), training_origin(study, dataset));
  if (!reason.empty()) {
    throw base::InputError(path + ": trained on other data than " + dataset.path() + " holds now (" + reason +
                           "); run `scorefem train` again");
  }
}

std::string checkpoint_fingerprint(const std::string& path) {
  return base::file_fingerprint(path, "a trained model");
}

void train(const study::StageContext& context) {
  const dataset::Dataset dataset = open_dataset(context);
  const study::Origin origin = training_origin(context.study, dataset);
  const study::Redo::State redo = context.redo.state("train", origin.inputs);
  if (fs::exists(context.paths.checkpoint)) {
    const bool again = redo != study::Redo::State::not_asked;
    const study::Origin made = again ? origin : checkpoint_origin(context.paths.checkpoint);
    if (study::up_to_date(context, "train", context.paths.checkpoint, made, origin, again)) return;
  }
  if (redo == study::Redo::State::begin) {
    fs::remove(context.paths.partial_checkpoint);
    context.redo.begun("train", origin.inputs);
  }
  const std::int64_t steps_done = steps_of_partial_checkpoint(context, origin);

  const study::Stopwatch stopwatch;
  const dataset::NoiseLevels noise = dataset::resolve_noise(context.study, dataset);
  diffusion::TrainingOptions options = context.study.training;
  options.noise = noise.trained;
  const diffusion::Pairs pairs = training_pairs(context.study, dataset);
  std::map<std::string, std::string> metadata =
      base::provenance(study::resolved_configuration(context.study));
  metadata.merge(origin.texts());
  metadata["noise_unit"] = exact_text(noise.unit);
  context.log.info("train", "train: " + std::to_string(pairs.size()) + " pairs, noise " +
                                std::to_string(noise.measurement) + " (concentration), " +
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
