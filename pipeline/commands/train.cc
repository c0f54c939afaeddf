#include "pipeline/commands/train.h"

#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <sstream>

#include "diffusion/training/training.h"
#include "pipeline/base/atomic_file.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/joined.h"
#include "pipeline/base/provenance.h"
#include "pipeline/base/stopwatch.h"
#include "pipeline/dataset/open_dataset.h"
#include "pipeline/dataset/outliers.h"
#include "pipeline/dataset/resolved_noise.h"
#include "pipeline/posterior/training_rows.h"
#include "pipeline/study/load_study.h"
#include "pipeline/study/stage_output.h"
#include "pipeline/training/few_pairs.h"
#include "pipeline/training/fitted_coordinates.h"
#include "pipeline/training/fitted_encoding.h"
#include "pipeline/training/resumable_training.h"
#include "pipeline/training/trained_model.h"
#include "pipeline/training/training_pairs.h"

namespace scorefem::commands {
namespace {

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

/// Samples fail where the unknowns are of one kind rather than another: a posterior that is learnt without
/// them knows nothing of those.
/// @throws InputError if more are left out than the study allows
void require_few_failures(const study::StageContext& context, const dataset::Dataset& dataset) {
  if (!context.study.forward->simulates()) return;  // `import` has asked
  const auto n_failed = static_cast<double>(dataset.failed_rows(dataset::Split::train).size());
  const auto n = static_cast<double>(dataset.shape().rows[dataset::Split::train]);
  if (n_failed <= context.study.data.allow_failed * n) return;
  std::ostringstream out;
  out.precision(3);
  out << context.paths.dataset << ": " << n_failed << " of " << n << " training samples have no solution, "
      << 100 * n_failed / n << " %; expected at most " << 100 * context.study.data.allow_failed
      << " % (data.allow_failed): leaving out more may bias every answer. " << base::kRunLogName
      << " has the reasons; mend the forward model, then `scorefem generate --force` asks it again";
  throw base::InputError(out.str());
}

/// A level in the observations' unit tells only now whether the network will serve it.
/// @throws InputError if `sample` could not use the network
void require_served(const study::Study& study, const dataset::ResolvedNoise& noise,
                    const problem::Layout& observations) {
  const double level = noise.noise->level();
  if (study.data.test == 0 || study.training_noise_range.empty() || noise.trained.serves(level)) return;
  std::ostringstream out;
  out << "noise = " << noise.noise->text(observations) << "; expected it in training.noise_range, which is ["
      << noise.trained.minimum << ", " << noise.trained.maximum << "] here";
  throw base::InputError(out.str());
}

/// Where the noise is in the pairs, a fit of few pairs follows it.
/// @throws InputError if the fit goes through all pairs
void require_enough_pairs(const study::StageContext& context, const dataset::Dataset& dataset,
                          const dataset::ResolvedNoise& noise) {
  const training::FewPairs pairs = training::few_pairs(context.study, dataset);
  if (noise.trained.maximum > 0 || pairs.n_pairs < 2 || !pairs.are_few()) return;
  const std::string cure = "more pairs, or fewer observations, e.g. summaries of them";
  if (pairs.are_too_few())
    throw base::InputError(context.paths.dataset + ": " + pairs.text() +
                           "; expected more pairs, some twenty for each observation; give " + cure);
  if (pairs.follows_left_out()) {
    context.log.info("few_pairs", "train: " + pairs.text() +
                                      ": posteriors are as wide as pairs left out of the fit say; " + cure +
                                      ", would make them narrower");
    return;
  }
  const double used = static_cast<double>(pairs.n_features) / static_cast<double>(pairs.n_pairs);
  const long narrow = std::lround(100 * (1 - std::sqrt(1 - used)));
  context.log.warn("few_pairs", "train: " + pairs.text() + ": posteriors will be too narrow, by " +
                                    std::to_string(narrow) + " % and more; give " + cure);
}

void log_curves(base::RunLog& log, const dataset::ObservationEncoding& encoding,
                const problem::Layout& observations) {
  std::vector<std::string> names;
  for (std::size_t j = 0; j < encoding.curves().size(); ++j) {
    if (encoding.curves()[j].bends()) names.push_back(observations[static_cast<Eigen::Index>(j)].name);
  }
  if (!names.empty())
    log.info("curves", "train: " + base::joined(names) +
                           " range over orders of magnitude: the network sees them by a curve");
}

}  // namespace

void train(const study::StageContext& context) {
  const dataset::Dataset dataset = dataset::open_dataset(context.study, context.paths.dataset);
  study::StageOutput output(context, "train", context.paths.checkpoint,
                            training::training_origin(context.study, dataset));
  if (output.is_current([&] { return training::checkpoint_origin(context.paths.checkpoint); })) return;
  require_few_failures(context, dataset);
  const dataset::ResolvedNoise noise = dataset::resolve_noise(context.study, dataset);
  require_served(context.study, noise, dataset.observations());
  require_enough_pairs(context, dataset, noise);
  output.begin({context.paths.partial_checkpoint});
  const training::ResumableTraining job{
      context.log,    "train", "train", context.paths.partial_checkpoint, context.paths.checkpoint,
      output.wanted()};
  job.require_same();

  dataset::warn_of_outliers("train", dataset, context.log);
  const base::Stopwatch stopwatch;
  const dataset::ObservationEncoding encoding =
      training::fitted_encoding(context.study, dataset, *noise.noise);
  const dataset::NetworkCoordinates coordinates =
      training::fitted_coordinates(context.study, dataset, *noise.noise, encoding);
  diffusion::TrainingOptions options = context.study.training;
  if (!encoding.encodes()) options.noise = noise.trained;  // else it is in the pairs
  options.fresh_noise = options.fresh_noise && options.noise.maximum > 0;
  const diffusion::Pairs pairs = training::training_pairs(
      context.study, dataset, *noise.noise, coordinates, encoding,
      options.in_windows(dataset.shape().rows[dataset::Split::train]) ? context.paths.directory : "");
  std::map<std::string, std::string> metadata =
      base::provenance(study::resolved_configuration(context.study));
  metadata["noise_unit"] = exact_text(noise.unit);
  posterior::add_training_rows(dataset, *noise.noise, encoding, metadata);
  if (!coordinates.marginals.empty())
    metadata["coordinates"] = problem::to_json(coordinates.marginals).dump();
  if (encoding.encodes()) metadata["observation_encoding"] = encoding.to_json(*noise.noise).dump();
  log_curves(context.log, encoding, dataset.observations());
  context.log.info("train", "train: " + std::to_string(pairs.size()) + " pairs, noise " +
                                noise.noise->text(dataset.observations()) + ", " +
                                std::to_string(options.epochs) + " epochs");
  const diffusion::TrainingResult result =
      job.run(pairs, context.study.process, context.study.model, options, metadata);
  write_history(context.paths.training_history, result.history);
  job.finish(result);
  output.done();
  const double seconds = stopwatch.seconds();
  context.log.info("trained",
                   "train: " + context.paths.checkpoint + " written after " + std::to_string(result.steps) +
                       " steps in " + base::duration_text(seconds),
                   {{"seconds", seconds}, {"steps", result.steps}});
}

}  // namespace scorefem::commands
