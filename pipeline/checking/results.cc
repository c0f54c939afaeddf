#include "pipeline/checking/results.h"

#include <filesystem>
#include <optional>

#include "diffusion/training/checkpoint.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/fingerprint.h"
#include "pipeline/base/folder_lock.h"
#include "pipeline/dataset/content.h"
#include "pipeline/dataset/dataset.h"
#include "pipeline/dataset/discretisation.h"
#include "pipeline/dataset/shard_file.h"
#include "pipeline/posterior/draw_posterior.h"
#include "pipeline/posterior/posterior_file.h"
#include "pipeline/study/load_study.h"
#include "pipeline/study/stage.h"
#include "pipeline/training/trained_model.h"

namespace scorefem::checking {
namespace {

namespace fs = std::filesystem;

/// Shards that `generate` would refuse, or go on with.
void check_shards(const study::Study& study, const study::OutputPaths& paths, Findings& findings) {
  std::size_t n = 0;
  for (const bool partial : {false, true}) {
    for (const std::string& file : dataset::shard_files(paths.shards, partial)) {
      std::string unreadable;
      const auto shard = dataset::readable_shard(file, unreadable);
      if (!shard) continue;  // is made again
      dataset::require_same_configuration(*shard, study);
      ++n;
    }
  }
  findings.note("data set",
                n > 0 ? "will be made; goes on with " + std::to_string(n) + " shard(s) in " + paths.shards
                      : "will be made");
}

/// The data set if it is kept.
std::optional<dataset::Dataset> check_dataset(const study::Study& study, const study::OutputPaths& paths,
                                              Findings& findings) {
  if (!fs::exists(paths.dataset)) {
    findings.look_at("data set", [&] { check_shards(study, paths, findings); });
    return std::nullopt;
  }
  std::optional<dataset::Dataset> kept;
  findings.look_at("data set", [&] {
    dataset::Dataset found(paths.dataset);
    const std::string reason = study::difference(found.origin(), dataset::dataset_origin(study));
    if (reason.empty()) {
      findings.good("data set", paths.dataset + " is kept");
      kept.emplace(std::move(found));
    } else if (study.forward->simulates()) {
      findings.note("data set", paths.dataset + " will be made again: " + reason);
      check_shards(study, paths, findings);
    } else {
      findings.wrong("data set", paths.dataset + ": is not that of this study, " + reason +
                                     "; run `scorefem import` again");
    }
  });
  return kept;
}

/// Whether the forward model solves its equations well enough for the noise.
void check_discretisation(const study::Study& study, const dataset::Dataset& dataset, Findings& findings) {
  findings.look_at("mesh", [&] {
    if (const auto warning = dataset::discretisation_warning(study, dataset))
      findings.wrong("mesh", dataset.path() + ": " + *warning);
  });
}

/// @return whether the model is kept
bool check_model(const study::Study& study, const study::OutputPaths& paths,
                 const std::optional<dataset::Dataset>& dataset, Findings& findings) {
  bool kept = false;
  findings.look_at("model", [&] {
    // Without the data set the configuration alone can be compared.
    const study::Origin wanted =
        dataset ? training::training_origin(study, *dataset)
                : study::Origin{study::training_inputs(study), study::ResultVersion::kModel, {}};
    if (fs::exists(paths.checkpoint)) {
      const std::string reason = study::difference(training::checkpoint_origin(paths.checkpoint), wanted);
      kept = reason.empty() && dataset;
      if (kept) return findings.good("model", paths.checkpoint + " is kept");
      findings.note("model", paths.checkpoint + " will be trained again: " +
                                 (reason.empty() ? "the data set is made anew" : reason));
    }
    if (fs::exists(paths.partial_checkpoint)) {
      const std::string reason =
          study::difference(training::checkpoint_origin(paths.partial_checkpoint), wanted);
      const std::string steps =
          std::to_string(diffusion::read_checkpoint_summary(paths.partial_checkpoint).step) + " steps";
      if (!reason.empty()) {
        return findings.wrong("model", paths.partial_checkpoint + ": a training that was stopped after " +
                                           steps + ", and another one: " + reason +
                                           "; finish it as it was, use another --output, or `scorefem train "
                                           "--force`");
      }
      return findings.note("model", "the training goes on after " + steps);
    }
    if (!fs::exists(paths.checkpoint)) findings.note("model", "will be trained");
  });
  return kept;
}

/// What a sampling that was stopped was made from; none if there is none that could go on.
std::optional<std::string> inputs_of_partial(const std::string& path) {
  if (!fs::exists(path)) return std::nullopt;
  try {
    return posterior::partial_posterior_origin(path).inputs;
  } catch (const base::InputError&) {
    return std::nullopt;  // `sample` starts anew
  }
}

bool check_posterior(const study::Study& study, const study::OutputPaths& paths,
                     const std::optional<dataset::Dataset>& dataset, bool model_kept, Findings& findings) {
  bool kept = false;
  findings.look_at("samples", [&] {
    if (const std::optional<std::string> inputs = inputs_of_partial(paths.partial_posterior)) {
      const std::string reason = study::first_difference(*inputs, study::sampling_inputs(study));
      if (!reason.empty()) {
        return findings.wrong("samples", paths.partial_posterior +
                                             ": samples that are not whole, of another run: " + reason +
                                             "; finish them as they were, use another --output, or "
                                             "`scorefem sample --force`");
      }
    }
    if (!fs::exists(paths.posterior)) return findings.note("samples", "will be drawn");
    if (!model_kept || !dataset)
      return findings.note("samples", paths.posterior + " will be drawn again: the model is another one");
    const study::Origin wanted =
        posterior::posterior_origin(study, training::TrainedModel(paths.checkpoint), *dataset);
    const std::string reason = study::difference(posterior::Posterior(paths.posterior).origin(), wanted);
    kept = reason.empty();
    if (kept) return findings.good("samples", paths.posterior + " is kept");
    findings.note("samples", paths.posterior + " will be drawn again: " + reason);
  });
  return kept;
}

}  // namespace

Missing check_results(const study::Study& study, Findings& findings) {
  const study::OutputPaths paths(study.output);
  findings.look_at("folder", [&] {
    if (fs::exists(paths.lock)) base::require_not_locked(paths.lock);
  });
  const std::optional<dataset::Dataset> dataset = check_dataset(study, paths, findings);
  if (dataset) check_discretisation(study, *dataset, findings);
  const bool model = check_model(study, paths, dataset, findings);
  const bool posterior = check_posterior(study, paths, dataset, model, findings);
  return {!dataset, !model, !posterior};
}

}  // namespace scorefem::checking
