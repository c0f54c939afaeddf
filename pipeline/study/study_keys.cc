#include "pipeline/study/study_keys.h"

#include <algorithm>
#include <set>

#include "diffusion/numerics/process.h"
#include "diffusion/options/names.h"
#include "pipeline/configuration/model_section.h"

namespace scorefem::study {

using configuration::Section;

namespace {

void describe_name(Section& s, Study& study) {
  s.required().text("study", study.name, "name of the experiment");
  s.reject_if(study.name.find_first_of("/ \t\n") != std::string::npos, "study",
              "a name without spaces and slashes");
}

void describe_forward(Section& s, Study& study) {
  s.required().section(
      "forward",
      [&](Section& f) {
        study.forward.choose(f.required(), "problem", "the forward model");
        study.forward->describe(f);
      },
      "");
}

void describe_prior(Section& s, Study& study) {
  s.section(
      "prior",
      [&](Section& p) {
        study.prior.choose(p, "model", "of the unknowns");
        study.prior->describe(p);
        p.reject_if(study.forward->simulates() && study.prior.name() == "none", "model",
                    "a prior to draw unknowns from");
      },
      "");
}

void describe_network(Section& s, diffusion::ModelOptions& model) {
  s.choice("network", model.network, names(model.network),
           "the paper's, or on top of the Gaussian conditional");
  if (model.network == diffusion::Network::gaussian_residual)
    s.choice("layers", model.layers, names(model.layers),
             "fully connected, or residual blocks that measurement and angle enter each");
}

void describe_model(Section& s, Study& study) {
  diffusion::ModelOptions& model = study.model;
  describe_network(s, model);
  s.integer("width", model.width, configuration::between(1, 16384), "of every hidden layer");
  s.integer("hidden_layers", model.hidden_layers, configuration::between(1, 64), "or residual blocks");
  if (model.layers == diffusion::Layers::plain)
    s.choice("activation", model.activation, names(model.activation), "");
  if (model.network == diffusion::Network::gaussian_residual) {
    s.choice("centre", model.centre, names(model.centre),
             "the Gaussian conditional's mean, in the measurement");
  }
  // What is missing in imported pairs is not a choice, and seen in another way:
  // dataset/observation_encoding.h.
  if (study.forward->simulates())
    s.flag("masked", model.masked, "the network sees which observations are there");
  if (study.prior->clips())
    s.flag("positive", model.positive, "learn the prior before its clipping at 0, and clip samples");
}

void describe_training(Section& s, Study& study) {
  diffusion::TrainingOptions& training = study.training;
  configuration::describe_optimisation(s, training);
  if (study.model.network == diffusion::Network::gaussian_residual)
    configuration::describe_residual_training(s, training);
  s.flag("fresh_noise", training.fresh_noise, "draw noise for every batch; else the data set's own");
  s.flag("fresh_masks", training.fresh_masks, "draw masks for every batch; else the data set's own");
  s.numbers("noise_range", study.training_noise_range, configuration::positive(),
            "[least, greatest] relative level; empty: that of noise");
  const std::vector<double>& range = study.training_noise_range;
  s.reject_if(!range.empty() && (range.size() != 2 || range[0] > range[1]), "noise_range",
              "[] or [least, greatest]");
  s.reject_if(!range.empty() && !training.fresh_noise, "fresh_noise",
              "true, to train for a range of noise levels");
  s.reject_if(!range.empty() && range[0] < range[1] && study.model.network == diffusion::Network::mlp,
              "noise_range", "[]: a range of levels needs model.network: gaussian_residual");
  configuration::describe_validation(s, training);
  configuration::describe_window(s, training);
}

void describe_sampling(Section& s, SamplingOptions& sampling) {
  s.integer("measurements", sampling.measurements, configuration::at_least(1), "test measurements");
  s.integer("samples", sampling.samples, configuration::at_least(2), "posterior samples for each");
  configuration::describe_sampler(s, sampling.sampler);
}

/// What the draws of a measurement depend on.
void describe_reference_chains(Section& s, ReferenceOptions& reference) {
  s.integer("samples", reference.samples, configuration::at_least(2), "draws that are kept for each");
  s.integer("chains", reference.chains, configuration::between(2, 1000), "for each measurement");
  s.integer("warmup", reference.warmup, configuration::between(10, 1e6),
            "iterations that only shape the proposals");
  s.integer("iterations", reference.iterations, configuration::between(100, 1e6),
            "of each chain; half as many more until rhat and ess are met");
  s.reject_if(reference.samples > reference.chains * reference.iterations, "samples",
              "at most chains x iterations");
  s.number("rhat", reference.rhat, {1, 2, true}, "greatest R-hat of a posterior that is used");
  s.number("ess", reference.ess, configuration::positive(), "least effective sample size, bulk and tail");
  s.flag("clip", reference.clip, "a clipped prior as it is; false: before it, to check the sampler");
}

void describe_reference(Section& s, Study& study) {
  ReferenceOptions& reference = study.reference;
  s.integer("measurements", reference.measurements, configuration::at_least(1), "test measurements");
  s.reject_if(study.data.test > 0 && reference.measurements > study.data.test, "measurements",
              "at most data.test");
  s.integer("run", reference.run, configuration::at_least(0), "of them, those that `run` makes by itself");
  s.reject_if(study.data.test > 0 && reference.run > study.data.test, "run", "at most data.test");
  describe_reference_chains(s, reference);
  s.integer("max_iterations", reference.max_iterations, configuration::between(100, 1e6), "of each chain");
  s.reject_if(reference.max_iterations < reference.iterations, "max_iterations", "at least iterations");
}

/// Keys that change how long a run takes, never its result.
void describe_resources(Section& s, Study& study) {
  s.number("checkpoint_interval", study.training.checkpoint_interval, configuration::positive(), "seconds");
  configuration::describe_device(s, study.training.device);
  s.number("sampler_memory", study.sampling.sampler.memory_mb, configuration::positive(),
           "MB, working memory of one batch of samples");
  s.integer("threads", study.threads, configuration::between(0, 4096), "0: all that the process may use");
  s.integer("shard_rows", study.shard_rows, configuration::at_least(1),
            "samples that are generated, then saved");
  s.text("output", study.output, "folder of all results");
}

/// How many pairs there are, unless they are imported.
void describe_sizes(Section& s, Study& study) {
  DataOptions& data = study.data;
  if (study.forward->simulates()) {
    s.required().integer("train", data.train, configuration::at_least(2), "training pairs");
    s.required().integer("test", data.test, configuration::at_least(1), "test pairs");
    // What the data are does not depend on it: they are kept, whatever their share.
    s.resource().number("allow_failed", data.allow_failed, configuration::between(0, 1),
                        "greatest share of training pairs without a solution");
    return;
  }
  configuration::Bounds share = configuration::between(0, 1);
  share.upper_open = true;
  s.optional_number(
      "test_share", data.test_share, share,
      "of the rows, drawn at random, where no files are given for a test part; absent: a tenth, at "
      "most 1,000");
  s.number("allow_failed", data.allow_failed, configuration::between(0, 1),
           "greatest share of rows that may be left out for NaN");
}

void describe_data(Section& s, Study& study) {
  describe_sizes(s, study);
  DataOptions& data = study.data;
  if (!study.forward->simulates()) return;
  if (study.forward->has_field()) {
    s.integer("fields", data.fields, configuration::at_least(0), "stored fields of the first test pairs");
    s.reject_if(data.fields > data.test, "fields", "at most data.test");
  }
  s.number("mask_probability", data.mask_probability, configuration::above_up_to(0, 1),
           "of an observation being there");
  s.file("mask_file", data.mask_file,
         "CSV of 1 (there) and 0 (not), a row for all samples or for each; replaces the probability");
  s.reject_if(!data.mask_file.empty() && data.mask_probability < 1, "mask_probability",
              "1 when there is a mask_file");
}

}  // namespace

void read_choices(Section& s, Study& study) {
  study.model.network = diffusion::Network::gaussian_residual;  // unless another is named
  describe_name(s, study);
  describe_forward(s, study);
  if (!study.imported_from.empty() && study.forward->adopts()) study.forward->adopt(study.imported_from);
  if (!study.forward->simulates()) {
    const problem::ImportedSizes sizes = study.forward->imported().value_or(problem::ImportedSizes());
    study.data.train = sizes.train;
    study.data.test = sizes.test;
    // What pairs were drawn from is not known where they were not drawn here.
    study.prior = problem::Chosen<problem::PriorSetup>("none");
  }
  describe_prior(s, study);
  s.section(
      "data", [&](Section& d) { describe_sizes(d, study); }, "");
  s.section(
      "model", [&](Section& m) { describe_network(m, study.model); }, "");
}

void describe_dataset(Section& s, Study& study) {
  constexpr double kLargestSeed = 9007199254740992.0;  // exactly representable: 2^53
  auto seed = static_cast<std::int64_t>(study.seed);
  s.required().integer("seed", seed, configuration::between(0, kLargestSeed), "of every random number");
  study.seed = static_cast<std::uint64_t>(seed);
  describe_forward(s, study);
  describe_prior(s, study);
  study.forward->describe_sections(s);
  s.section(
      "data", [&](Section& d) { describe_data(d, study); }, "");
}

namespace {

/// That the unknowns are there is not asked here: a server may have to say what they are.
void describe_report(Section& s, Study& study) {
  s.section(
      "report",
      [&](Section& r) {
        std::vector<std::string>& corner = study.report.corner;
        r.texts("corner", corner, "unknowns in the corner plot, by their names, up to eight");
        r.reject_if(corner.size() > ReportOptions::kMostInCorner, "corner",
                    "at most " + std::to_string(ReportOptions::kMostInCorner) + " unknowns");
        r.reject_if(std::set<std::string>(corner.begin(), corner.end()).size() < corner.size(), "corner",
                    "each unknown once");
      },
      "what report.html shows");
}

void describe_noise_section(Section& s, Study& study) {
  s.required().section(
      "noise",
      [&](Section& n) {
        study.noise.choose(n, "model", "of the measurements");
        study.noise->describe(n);
      },
      "");
}

}  // namespace

void describe_training_inputs(Section& s, Study& study) {
  describe_dataset(s, study);
  s.section(
      "process", [&](Section& p) { configuration::describe_process(p, study.process); }, "");
  s.section(
      "model", [&](Section& m) { describe_model(m, study); }, "");
  s.section(
      "training", [&](Section& t) { describe_training(t, study); }, "");
  // A network for a range of levels does not depend on the one that is inverted.
  if (study.training_noise_range.empty()) describe_noise_section(s, study);
}

void describe_sampling_inputs(Section& s, Study& study) {
  describe_training_inputs(s, study);
  if (!study.training_noise_range.empty()) describe_noise_section(s, study);
  s.section(
      "sampling",
      [&](Section& p) {
        describe_sampling(p, study.sampling);
        p.reject_if(study.model.layers == diffusion::Layers::residual &&
                        study.sampling.sampler.precision == diffusion::Precision::bfloat16,
                    "precision", "float32 or auto with model.layers: residual");
        p.reject_if(study.data.test > 0 && study.sampling.measurements > study.data.test, "measurements",
                    "at most data.test");
      },
      "");
}

void describe_evaluation_inputs(Section& s, Study& study) {
  describe_sampling_inputs(s, study);
  describe_report(s, study);
}

void describe_reference_inputs(Section& s, Study& study) {
  describe_dataset(s, study);
  describe_noise_section(s, study);
  s.section(
      "reference", [&](Section& r) { describe_reference_chains(r, study.reference); }, "");
}

void describe_study(Section& s, Study& study) {
  describe_name(s, study);
  describe_sampling_inputs(s, study);
  s.reject_if(
      !study.training_noise_range.empty() && study.forward->imported() && study.forward->imported()->masked,
      "training", "noise_range: [] where observations are missing in imported pairs");
  s.reject_if(!study.training_noise_range.empty() && !study.noise->has_level(), "noise",
              "model: gaussian when training.noise_range is given");
  const bool masked_by_file = !study.data.mask_file.empty();
  s.reject_if(study.data.mask_probability < 1 && !study.model.masked, "data",
              "model.masked: true when data.mask_probability is below 1");
  s.reject_if(masked_by_file && !study.model.masked, "data",
              "model.masked: true when there is a data.mask_file");
  s.reject_if(masked_by_file && study.training.fresh_masks, "training",
              "fresh_masks: false when there is a data.mask_file");
  s.section(
      "reference", [&](Section& r) { describe_reference(r, study); }, "exact posteriors");
  describe_report(s, study);
  study.forward->describe_studies(s);
  s.section(
      "resources", [&](Section& r) { describe_resources(r, study); }, "");
}

}  // namespace scorefem::study
