#include "pipeline/study.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "pipeline/config_reader.h"
#include "pipeline/config_section.h"
#include "pipeline/config_writer.h"
#include "pipeline/errors.h"
#include "pipeline/fingerprint.h"
#include "pipeline/model_section.h"

namespace scorefem {
namespace {

void describe_forward(Section& s, solver::ForwardOptions& forward) {
  using solver::ForwardOptions;
  const solver::Problem before = forward.problem;
  s.required().choice("problem", forward.problem, {"linear", "reaction"},
                      "advection-diffusion, or with logistic growth");
  if (forward.problem != before) forward = ForwardOptions::defaults_for(forward.problem);
  s.number("diffusivity", forward.diffusivity, positive(), "kappa");
  s.number("peak_velocity", forward.peak_velocity, non_negative(), "u_max of the parabolic profile");
  s.choice("velocity_profile", forward.velocity_profile, {"parabolic", "uniform"},
           "over the channel's height");
  s.choice("flux_condition", forward.flux_condition, {"diffusive", "gradient"},
           "diffusive: kappa dc/dn = q; gradient: dc/dn = q");
  if (forward.problem == solver::Problem::reaction) {
    s.section(
        "reaction",
        [&](Section& r) {
          r.number("rate", forward.reaction.rate, non_negative(), "r of r c (1 - c / C)");
          r.number("capacity", forward.reaction.capacity, positive(), "C, where growth stops");
        },
        "");
  }
  s.section(
      "channel",
      [&](Section& c) {
        solver::ChannelOptions& channel = forward.channel;
        c.number("length", channel.length, positive(), "in x");
        c.number("height", channel.height, positive(), "in y");
        c.number("flux_length", channel.flux_length, positive(), "the flux is zero beyond");
        c.integer("segments_per_wall", channel.segments_per_wall, between(1, 1000),
                  "pieces of constant flux");
        c.reject_if(channel.flux_length > channel.length, "flux_length", "at most the channel's length");
      },
      "");
  s.section(
      "discretisation",
      [&](Section& d) {
        solver::DiscretisationOptions& mesh = forward.discretisation;
        d.integer("degree", mesh.degree, between(1, 12), "of the elements");
        d.integer("cells_per_segment", mesh.cells_per_segment, between(1, 1000), "along the wall");
        d.integer("cells_across", mesh.cells_across, between(2, 10000), "from wall to wall");
        d.number("grading", mesh.grading, between(1, 1000),
                 "widest over narrowest cell across; 1 is uniform");
      },
      "");
  s.choice("stabilisation", forward.stabilisation, {"none", "supg", "auto"},
           "against oscillations at high cell Peclet numbers");
  s.choice("parallel", forward.parallel, {"samples", "domain"},
           "what several ranks share: the samples or one mesh");
}

void describe_sensors(Section& s, SensorOptions& sensors) {
  s.points("positions", sensors.positions, "explicit list; replaces the rows");
  if (!sensors.positions.empty()) return;
  s.number("first_x", sensors.first_x, {}, "x of each row's first sensor");
  s.number("spacing", sensors.spacing, positive(), "in x");
  s.integer("per_row", sensors.per_row, between(1, 100000), "sensors in a row");
  s.numbers("rows", sensors.rows, {}, "y of each row");
  s.reject_if(sensors.rows.empty(), "rows", "at least one row");
}

void describe_noise(Section& s, NoiseOptions& noise) {
  s.optional_number("relative", noise.relative, non_negative(),
                    "in pooled standard deviations of the clean measurements");
  s.optional_number("absolute", noise.absolute, non_negative(), "concentration");
  s.reject_if(noise.relative.has_value() == noise.absolute.has_value(), "relative",
              "exactly one of relative, absolute (on the command line: --set noise='{absolute: 1}')");
}

/// The paper's network with the paper's training; the other with what reached the exact posterior.
void use_defaults_of(diffusion::Network network, Study& study) {
  const bool paper = network == diffusion::Network::mlp;
  study.model = diffusion::ModelOptions();
  study.model.network = network;
  study.model.activation = paper ? diffusion::Activation::relu : diffusion::Activation::silu;
  study.model.positive = !paper;
  if (!paper && study.forward.problem == solver::Problem::reaction)
    study.model.centre = diffusion::Centre::quadratic;
  diffusion::TrainingOptions& training = study.training;
  training.epochs = paper ? 10000 : 1000;
  training.schedule =
      paper ? diffusion::LearningRateSchedule::constant : diffusion::LearningRateSchedule::cosine;
  training.ema_decay = paper ? 0 : 0.999;
  training.gradient_clip = paper ? 0 : 1;
  training.fresh_noise = !paper;
  study.sampling.sampler.method = paper ? diffusion::Method::rk45 : diffusion::Method::angle_adaptive;
  study.sampling.sampler.steps = paper ? 100 : 3;
}

void describe_model(Section& s, Study& study) {
  diffusion::ModelOptions& model = study.model;
  const diffusion::Network before = model.network;
  s.choice("network", model.network, {"mlp", "gaussian_residual"},
           "the paper's, or on top of the Gaussian conditional");
  if (model.network != before) use_defaults_of(model.network, study);
  s.integer("width", model.width, between(1, 16384), "of every hidden layer");
  s.integer("hidden_layers", model.hidden_layers, between(1, 64), "");
  s.choice("activation", model.activation, {"relu", "silu"}, "");
  if (model.network == diffusion::Network::gaussian_residual) {
    s.choice("centre", model.centre, {"linear", "quadratic"},
             "the Gaussian conditional's mean, in the measurement");
  }
  s.flag("masked", model.masked, "the network sees which sensors are on");
  s.flag("positive", model.positive, "learn the prior before its clipping at 0, and clip samples");
}

void describe_training(Section& s, Study& study) {
  diffusion::TrainingOptions& training = study.training;
  describe_optimisation(s, training);
  s.flag("fresh_noise", training.fresh_noise, "draw noise for every batch; else the data set's own");
  s.flag("fresh_masks", training.fresh_masks, "draw masks for every batch; else the data set's own");
  s.numbers("noise_range", study.training_noise_range, positive(),
            "[least, greatest] relative level; empty: that of noise");
  const std::vector<double>& range = study.training_noise_range;
  s.reject_if(!range.empty() && (range.size() != 2 || range[0] > range[1]), "noise_range",
              "[] or [least, greatest]");
  s.reject_if(!range.empty() && !training.fresh_noise, "fresh_noise",
              "true, to train for a range of noise levels");
  s.reject_if(!range.empty() && range[0] < range[1] && study.model.network == diffusion::Network::mlp,
              "noise_range", "[]: a range of levels needs model.network: gaussian_residual");
  describe_validation(s, training);
}

void describe_sampling(Section& s, SamplingOptions& sampling) {
  s.integer("measurements", sampling.measurements, at_least(1), "test measurements");
  s.integer("samples", sampling.samples, at_least(2), "posterior samples for each");
  describe_sampler(s, sampling.sampler);
}

/// What the draws of a measurement depend on.
void describe_reference_chains(Section& s, ReferenceOptions& reference) {
  s.integer("samples", reference.samples, at_least(2), "draws that are kept for each");
  s.integer("chains", reference.chains, between(2, 1000), "for each measurement");
  s.integer("warmup", reference.warmup, between(10, 1e6), "iterations that only shape the proposals");
  s.integer("iterations", reference.iterations, between(100, 1e6),
            "of each chain; half as many more until rhat and ess are met");
  s.reject_if(reference.samples > reference.chains * reference.iterations, "samples",
              "at most chains x iterations");
  s.number("rhat", reference.rhat, {1, 2, true}, "greatest R-hat of a posterior that is used");
  s.number("ess", reference.ess, positive(), "least effective sample size, bulk and tail");
  s.flag("clip", reference.clip, "the prior clipped at 0; false: Gaussian, to check the sampler");
}

void describe_reference(Section& s, Study& study) {
  ReferenceOptions& reference = study.reference;
  if (reference.measurements == 0) {
    const bool linear = study.forward.problem == solver::Problem::linear;
    reference.measurements = std::min(linear ? 1000 : 50, study.data.test);
  }
  s.integer("measurements", reference.measurements, at_least(1), "test measurements");
  s.reject_if(reference.measurements > study.data.test, "measurements", "at most data.test");
  describe_reference_chains(s, reference);
  s.integer("max_iterations", reference.max_iterations, between(100, 1e6), "of each chain");
  s.reject_if(reference.max_iterations < reference.iterations, "max_iterations", "at least iterations");
}

void describe_convergence(Section& s, ConvergenceOptions& options) {
  s.integer("samples", options.samples, at_least(1), "test samples whose error is measured");
  std::vector<std::vector<double>> rows;
  for (const solver::DiscretisationOptions& mesh : options.discretisations) {
    rows.push_back({static_cast<double>(mesh.degree), static_cast<double>(mesh.cells_per_segment),
                    static_cast<double>(mesh.cells_across), mesh.grading});
  }
  s.table("discretisations", rows, {"degree", "cells_per_segment", "cells_across", "grading"},
          "coarsest first");
  s.reject_if(rows.empty(), "discretisations", "at least one");
  options.discretisations.clear();
  for (const std::vector<double>& row : rows) {
    solver::DiscretisationOptions mesh{static_cast<int>(row[0]), static_cast<int>(row[1]),
                                       static_cast<int>(row[2]), row[3]};
    const bool whole =
        mesh.degree == row[0] && mesh.cells_per_segment == row[1] && mesh.cells_across == row[2];
    s.reject_if(!whole, "discretisations", "integers but for the grading");
    options.discretisations.push_back(mesh);
  }
}

/// Keys that change how long a run takes, never its result.
void describe_resources(Section& s, Study& study) {
  s.number("checkpoint_interval", study.training.checkpoint_interval, positive(), "seconds");
  describe_device(s, study.training.device);
  s.number("sampler_memory", study.sampling.sampler.memory_mb, positive(),
           "MB, working memory of one batch of samples");
  s.integer("threads", study.threads, between(0, 4096), "0: all that the process may use");
  s.integer("shard_rows", study.shard_rows, at_least(1), "samples that are generated, then saved");
  s.text("output", study.output, "folder of all results");
}

void describe_dataset(Section& s, Study& study) {
  constexpr double kLargestSeed = 9007199254740992.0;  // exactly representable: 2^53
  auto seed = static_cast<std::int64_t>(study.seed);
  s.required().integer("seed", seed, between(0, kLargestSeed), "of every random number");
  study.seed = static_cast<std::uint64_t>(seed);
  const solver::Problem before = study.forward.problem;
  s.required().section(
      "forward", [&](Section& f) { describe_forward(f, study.forward); }, "");
  // The inverse of the reaction problem is close to quadratic.
  if (study.forward.problem != before && study.forward.problem == solver::Problem::reaction)
    study.model.centre = diffusion::Centre::quadratic;
  s.section(
      "prior",
      [&](Section& p) {
        p.number("mean", study.prior.mean, {}, "flux");
        p.number("variance", study.prior.variance, positive(), "flux^2");
        p.number("length_scale", study.prior.length_scale, positive(), "of the kernel");
        p.flag("couple_walls", study.prior.couple_walls,
               "distances in the plane, so that the walls are correlated");
      },
      "Gaussian process, clipped at 0");
  s.section(
      "sensors",
      [&](Section& p) {
        describe_sensors(p, study.sensors);
        const auto& channel = study.forward.channel;
        for (const solver::SensorPosition& at : study.sensors.resolved()) {
          const bool outside = at[0] < 0 || at[0] > channel.length || at[1] < 0 || at[1] > channel.height;
          p.reject_if(outside, study.sensors.positions.empty() ? "rows" : "positions",
                      "sensors inside the channel; (" + std::to_string(at[0]) + ", " + std::to_string(at[1]) +
                          ") is outside");
        }
      },
      "");
  s.section(
      "data",
      [&](Section& d) {
        d.required().integer("train", study.data.train, at_least(2), "training pairs");
        d.required().integer("test", study.data.test, at_least(1), "test pairs");
        d.integer("fields", study.data.fields, at_least(0),
                  "stored concentration fields of the first test pairs");
        d.number("mask_probability", study.data.mask_probability, above_up_to(0, 1), "of a sensor being on");
        d.optional_text(
            "mask_file", study.data.mask_file,
            "CSV of 1 (on) and 0 (off), a row for all samples or for each; replaces the probability");
        d.reject_if(!study.data.mask_file.empty() && study.data.mask_probability < 1, "mask_probability",
                    "1 when there is a mask_file");
        d.reject_if(study.data.fields > study.data.test, "fields", "at most data.test");
      },
      "");
}

void describe_noise_section(Section& s, Study& study) {
  s.required().section(
      "noise", [&](Section& n) { describe_noise(n, study.noise); }, "of the measurements");
}

void describe_training_inputs(Section& s, Study& study) {
  describe_dataset(s, study);
  s.section(
      "process", [&](Section& p) { describe_process(p, study.process); }, "");
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
        // The default is a thousand, or the whole test set if that is smaller.
        study.sampling.measurements = std::min(study.sampling.measurements, study.data.test);
        describe_sampling(p, study.sampling);
        p.reject_if(study.sampling.measurements > study.data.test, "measurements", "at most data.test");
      },
      "");
}

void describe_reference_section(Section& s, Study& study) {
  s.section(
      "reference", [&](Section& r) { describe_reference(r, study); }, "exact posteriors");
}

/// One reference serves every model. How many measurements there are, and how many iterations those that do
/// not converge may have, changes nothing about the others.
void describe_reference_inputs(Section& s, Study& study) {
  describe_dataset(s, study);
  describe_noise_section(s, study);
  s.section(
      "reference", [&](Section& r) { describe_reference_chains(r, study.reference); }, "");
}

void describe_study(Section& s, Study& study) {
  s.required().text("study", study.name, "name of the experiment");
  s.reject_if(study.name.find_first_of("/ \t\n") != std::string::npos, "study",
              "a name without spaces and slashes");
  describe_sampling_inputs(s, study);
  s.reject_if(study.data.mask_probability < 1 && !study.model.masked, "data",
              "model.masked: true when data.mask_probability is below 1");
  s.reject_if(!study.data.mask_file.empty() && !study.model.masked, "data",
              "model.masked: true when there is a data.mask_file");
  s.reject_if(!study.data.mask_file.empty() && study.training.fresh_masks, "training",
              "fresh_masks: false when there is a data.mask_file");
  describe_reference_section(s, study);
  s.section(
      "convergence", [&](Section& c) { describe_convergence(c, study.convergence); }, "");
  if (study.output.empty()) study.output = "runs/" + study.name;
  s.section(
      "resources", [&](Section& r) { describe_resources(r, study); }, "");
}

std::string printed(const Study& study, void (*describe)(Section&, Study&), bool with_help) {
  Study copy = study;
  const std::string text = write_config([&](Section& s) { describe(s, copy); }, with_help);
  // A file under the same name may hold other masks.
  return study.data.mask_file.empty() ? text
                                      : text + "# data.mask_file: " + study.data.mask_fingerprint + "\n";
}

}  // namespace

std::vector<solver::SensorPosition> SensorOptions::resolved() const {
  if (!positions.empty()) return positions;
  std::vector<solver::SensorPosition> sensors;
  for (const double y : rows) {
    for (int i = 0; i < per_row; ++i) sensors.push_back({first_x + i * spacing, y});
  }
  return sensors;
}

Study load_study(const std::string& path, const std::vector<std::string>& overrides) {
  Study study;
  use_defaults_of(diffusion::Network::gaussian_residual, study);
  try {
    read_config(path, overrides, [&](Section& s) { describe_study(s, study); });
    study.forward.validate();
    for (const auto& discretisation : study.convergence.discretisations) discretisation.validate();
    study.process.validate();
    study.model.validate();
    study.training.validate();
    study.sampling.sampler.validate_for(*diffusion::make_process(study.process), study.model.network);
  } catch (const std::invalid_argument& error) {
    throw ConfigError(path + ": " + error.what());
  }
  if (!study.data.mask_file.empty())
    study.data.mask_fingerprint = file_fingerprint(study.data.mask_file, "a sensor mask: CSV of 0 and 1");
  study.forward.reaction.expansion_flux = std::max(0.0, study.prior.mean);
  study.training.seed = study.seed;
  study.training.threads = study.threads;
  study.training.mask_probability = study.data.mask_probability;
  study.sampling.sampler.threads = study.threads;
  return study;
}

void require_full_batch(const Study& study, const std::string& path) {
  try {
    study.training.training_part(study.data.train);
  } catch (const std::invalid_argument& error) {
    throw ConfigError(path + ": " + error.what());
  }
}

std::string resolved_configuration(const Study& study) {
  return printed(study, describe_study, true);
}
std::string dataset_inputs(const Study& study) {
  return printed(study, describe_dataset, false);
}
std::string training_inputs(const Study& study) {
  return printed(study, describe_training_inputs, false);
}
std::string sampling_inputs(const Study& study) {
  return printed(study, describe_sampling_inputs, false);
}
std::string reference_inputs(const Study& study) {
  return printed(study, describe_reference_inputs, false);
}

}  // namespace scorefem
