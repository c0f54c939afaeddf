#include "pipeline/train.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "diffusion/checkpoint.h"
#include "pipeline/atomic_file.h"
#include "pipeline/diffusion_errors.h"
#include "pipeline/errors.h"
#include "pipeline/fingerprint.h"
#include "pipeline/interrupt.h"
#include "pipeline/noise_level.h"
#include "pipeline/pair_sequence.h"
#include "pipeline/provenance.h"
#include "pipeline/tensor_view.h"

namespace scorefem {
namespace {

namespace fs = std::filesystem;

/// Decimal text that reads back to the same number.
std::string exact_text(double value) {
  std::ostringstream out;
  out.precision(17);
  out << value;
  return out.str();
}

/// A checkpoint that can be read, or none; the training inputs that it was made from.
std::string checkpoint_inputs(const std::string& path) {
  try {
    const auto summary = with_input_errors(path, [&] { return diffusion::read_checkpoint_summary(path); });
    const auto found = summary.metadata.find("inputs");
    if (found != summary.metadata.end()) return found->second;
    throw InputError(path + ": a checkpoint without the configuration it was made from");
  } catch (const InputError& error) {
    throw InputError(std::string(error.what()) + "; `scorefem train --force` trains anew");
  }
}

void write_history(const std::string& path, const std::vector<diffusion::HistoryEntry>& history) {
  std::ostringstream out;
  out.precision(8);
  out << "epoch,training_loss,validation_loss,learning_rate,seconds\n";
  for (const diffusion::HistoryEntry& entry : history) {
    out << entry.epoch << ',' << entry.training_loss << ',' << entry.validation_loss << ','
        << entry.learning_rate << ',' << entry.seconds << '\n';
  }
  write_text_file(path, out.str());
}

/// Decides what becomes of model.partial.pt: continued, or removed because it belongs to another
/// configuration.
/// @return the steps that were done before
std::int64_t prepare_partial_checkpoint(const StageContext& context, const std::string& inputs) {
  const std::string& partial = context.paths.partial_checkpoint;
  if (!fs::exists(partial)) return 0;
  if (context.force) {
    fs::remove(partial);
    return 0;
  }
  const std::string made_from = checkpoint_inputs(partial);
  if (made_from == inputs) {
    context.log.info("resume", "train: going on from " + partial);
    return diffusion::read_checkpoint_summary(partial).step;
  }
  context.log.info("restart", "train: the configuration changed since " + partial +
                                  " was written: " + first_difference(made_from, inputs) + "; starting anew");
  fs::remove(partial);
  return 0;
}

diffusion::TrainingCallbacks callbacks(Progress& progress) {
  return {[&progress](const diffusion::TrainingProgress& at) {
            char detail[96];
            std::snprintf(detail, sizeof detail, "loss %.5g, validation %.5g", at.loss, at.validation_loss);
            progress.update(at.step, at.total_steps, detail);
          },
          [] { return interrupt_requested(); }};
}

/// The training part as the model learns it. A model of a clipped prior learns the prior's draws before the
/// clipping and clips its samples: these are smooth, where the fluxes have kinks and a point mass at 0.
diffusion::Pairs training_pairs(const Study& study, const Dataset& dataset) {
  if (!study.model.positive) return read_training_pairs(dataset);
  const FluxPrior prior(study.prior, study.forward.channel);
  return read_training_pairs(dataset, [&](RowRange rows, SampleBlock& block) {
    solver::Matrix unclipped = draw_unclipped_flux(study, Split::train, rows);
    if ((unclipped.cwiseMax(0.0) - block.flux).cwiseAbs().maxCoeff() > prior.draw_rounding()) {
      throw InputError(
          "/train/flux of the data set: not what seed and prior of the configuration give; "
          "expected with model.positive, which learns the prior before its clipping");
    }
    block.flux = std::move(unclipped);
  });
}

}  // namespace

Dataset open_dataset(const StageContext& context) {
  const std::string& path = context.paths.dataset;
  if (!fs::exists(path)) throw InputError(path + ": there is no data set; run `scorefem generate` first");
  Dataset dataset(path);
  const std::string wanted = dataset_inputs(context.study);
  const std::string made_from = dataset.inputs();
  if (made_from != wanted) {
    throw InputError(path + ": made from another configuration (" + first_difference(made_from, wanted) +
                     "); run `scorefem generate` again");
  }
  return dataset;
}

void require_matching_checkpoint(const Study& study, const std::string& path) {
  if (!fs::exists(path)) throw InputError(path + ": there is no trained model; run `scorefem train` first");
  const std::string made_from = checkpoint_inputs(path);
  const std::string wanted = training_inputs(study);
  if (made_from != wanted) {
    throw InputError(path + ": the checkpoint does not fit the configuration (" +
                     first_difference(made_from, wanted) + "); run `scorefem train` again");
  }
}

std::string checkpoint_fingerprint(const std::string& path) {
  return file_fingerprint(path, "a trained model");
}

void train(const StageContext& context) {
  const Dataset dataset = open_dataset(context);
  const std::string inputs = training_inputs(context.study);
  if (fs::exists(context.paths.checkpoint)) {
    const std::string made_from = context.force ? "" : checkpoint_inputs(context.paths.checkpoint);
    if (up_to_date(context, "train", context.paths.checkpoint, made_from, inputs)) return;
  }
  const std::int64_t steps_done = prepare_partial_checkpoint(context, inputs);

  const Stopwatch stopwatch;
  const NoiseLevels noise = resolve_noise(context.study, dataset);
  diffusion::TrainingOptions options = context.study.training;
  options.noise = noise.trained;
  const diffusion::Pairs pairs = training_pairs(context.study, dataset);
  std::map<std::string, std::string> metadata = provenance(resolved_configuration(context.study));
  metadata["inputs"] = inputs;
  metadata["noise_unit"] = exact_text(noise.unit);
  context.log.info("train", "train: " + std::to_string(pairs.size()) + " pairs, noise " +
                                std::to_string(noise.measurement) + " (concentration), " +
                                std::to_string(options.epochs) + " epochs");
  Progress progress(context.log, "train", "steps", steps_done);
  const diffusion::TrainingResult result = with_input_errors("train", [&] {
    return diffusion::train(pairs, context.study.process, context.study.model, options,
                            context.paths.partial_checkpoint, metadata, callbacks(progress));
  });
  write_history(context.paths.training_history, result.history);
  if (!result.finished) {
    throw Interrupted("train: stopped by a signal after step " + std::to_string(result.steps) +
                      "; saved in " + context.paths.partial_checkpoint +
                      ", the same command goes on from there");
  }
  fs::rename(context.paths.partial_checkpoint, context.paths.checkpoint);
  const double seconds = stopwatch.seconds();
  context.log.info("trained",
                   "train: " + context.paths.checkpoint + " written after " + std::to_string(result.steps) +
                       " steps in " + duration_text(seconds),
                   {{"seconds", seconds}, {"steps", result.steps}});
}

}  // namespace scorefem
