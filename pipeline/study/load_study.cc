#include "pipeline/study/load_study.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <sstream>
#include <stdexcept>

#include "pipeline/base/errors.h"
#include "pipeline/base/fingerprint.h"
#include "pipeline/configuration/config_reader.h"
#include "pipeline/configuration/config_writer.h"
#include "pipeline/configuration/nearest_match.h"
#include "pipeline/problem/single_precision.h"
#include "pipeline/study/study_defaults.h"
#include "pipeline/study/study_keys.h"

namespace scorefem::study {
namespace {

/// Files under the same names may hold something else.
std::string file_contents(const Study& study) {
  std::string text;
  const auto add = [&](const char* what, const std::string& fingerprint) {
    if (!fingerprint.empty()) text += std::string("# ") + what + ": " + fingerprint + "\n";
  };
  const configuration::InputFile& masks = study.data.mask_file;
  add("data.mask_file",
      masks.empty() ? "" : base::file_fingerprint(masks.path, "a sensor mask: CSV of 0 and 1"));
  add("prior", study.prior->file_fingerprint());
  add("noise", study.noise->file_fingerprint());
  if (study.forward->imported()) add("imported pairs", study.forward->imported()->contents);
  return text;
}

std::string printed(const Study& study, void (*describe)(configuration::Section&, Study&), bool with_help) {
  Study copy = study;
  const auto keys = with_help ? configuration::Keys::all : configuration::Keys::of_results;
  return configuration::write_config([&](configuration::Section& s) { describe(s, copy); }, with_help, keys) +
         file_contents(study);
}

configuration::Description choices_of(Study& study) {
  return [&study](configuration::Section& s) {
    read_choices(s, study);
    use_defaults(study);
  };
}

configuration::Description keys_of(Study& study) {
  return [&study](configuration::Section& s) { describe_study(s, study); };
}

Study read(const std::string& path, const std::vector<std::string>& overrides,
           const std::string& imported_from) {
  Study study;
  study.imported_from = imported_from;
  configuration::read_config(path, overrides, keys_of(study), choices_of(study));
  return study;
}

std::string text_of(double lower, double upper) {
  std::ostringstream out;
  out << "[" << lower << ", " << upper << "]";
  return out.str();
}

/// The network learns what the prior draws: nothing else keeps its samples within the bounds.
/// @throws KeyError if the prior leaves the bounds of the forward model's unknowns
void require_within_bounds(const problem::Prior& prior, const Study& study) {
  const problem::Layout unknowns = study.forward->unknowns();
  for (Eigen::Index j = 0; j < unknowns.size(); ++j) {
    const problem::Component& unknown = unknowns[j];
    const auto [lower, upper] = prior.marginals()[static_cast<std::size_t>(j)].support();
    if (lower >= unknown.lower && upper <= unknown.upper) continue;
    throw base::KeyError("prior.model", " = " + study.prior.name() + ": " + unknown.name +
                                            " may be anything in " + text_of(lower, upper) +
                                            "; expected values within the bounds " +
                                            text_of(unknown.lower, unknown.upper) +
                                            " of forward.problem = " + study.forward.name());
  }
}

/// As for imported pairs: samples are stored in single precision.
/// @throws KeyError if an unknown varies too little beside its size
void require_spread(const problem::Prior& prior, const Study& study) {
  const problem::Layout unknowns = study.forward->unknowns();
  for (Eigen::Index j = 0; j < unknowns.size(); ++j) {
    const problem::Marginal& marginal = prior.marginals()[static_cast<std::size_t>(j)];
    const double v = prior.mean()(j), sd = std::sqrt(prior.covariance()(j, j));
    const double low = marginal.value(v - sd), high = marginal.value(v + sd);
    if (!(high > low) ||
        high - low >= 2 * problem::kLeastShareOfUnknown * std::max(std::abs(low), std::abs(high)))
      continue;
    std::ostringstream text;
    text << " = " << study.prior.name() << ": " << unknowns[j].name << " is " << low << " but for "
         << high - low
         << ", which is too little beside it for single precision; expected an unknown without that offset";
    throw base::KeyError("prior.model", text.str());
  }
}

/// @throws KeyError if the report is to show an unknown that is not there
void require_reported_unknowns(const Study& study) {
  if (study.report.corner.empty()) return;
  const std::vector<std::string> names = study.forward->unknowns().names();
  for (const std::string& name : study.report.corner) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    std::string text = ": no unknown is called '" + name + "'; expected of " + names.front();
    for (std::size_t i = 1; i < names.size(); ++i) text += ", " + names[i];
    const std::string nearest = configuration::nearest_match(name, names);
    throw base::KeyError("report.corner",
                         text + (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
  }
}

void validate(const Study& study) {
  study.process.validate();
  study.model.validate();
  study.training.validate();
  study.sampling.sampler.validate_for(*diffusion::make_process(study.process), study.model.network);
  if (!study.forward->simulates() && !study.forward->imported()) return;  // nothing is known of its sizes
  const std::shared_ptr<const problem::Prior> prior = make_prior(study);
  if (prior) {
    require_within_bounds(*prior, study);
    require_spread(*prior, study);
  }
  study.noise->make(study.forward->observations(), 1);
  require_reported_unknowns(study);
}

Study load(const std::string& path, const std::vector<std::string>& overrides, const std::string& output,
           bool adopt) {
  try {
    Study study = read(path, overrides, "");
    if (!output.empty()) study.output = output;
    if (adopt && study.forward->adopts()) {
      study = read(path, overrides, study.output + "/dataset.h5");
      if (!output.empty()) study.output = output;
    }
    validate(study);
    study.training.seed = study.seed;
    study.training.threads = study.threads;
    study.training.mask_probability = study.data.mask_probability;
    study.sampling.sampler.threads = study.threads;
    return study;
  } catch (const base::KeyError& error) {
    throw base::ConfigError(configuration::location_of(error.key(), path, overrides) + ": " + error.what());
  } catch (const std::invalid_argument& error) {
    throw base::ConfigError(path + ": " + error.what());
  }
}

}  // namespace

Study load_study(const std::string& path, const std::vector<std::string>& overrides,
                 const std::string& output) {
  return load(path, overrides, output, true);
}

Study load_study_for_import(const std::string& path, const std::vector<std::string>& overrides,
                            const std::string& output) {
  Study study = load(path, overrides, output, false);
  if (study.forward->pairs() == nullptr)
    throw base::InputError(path + ": forward.problem = " + study.forward.name() +
                           "; expected pairs: that of other problems are made by `scorefem generate`");
  return study;
}

Study stored_study(const std::string& configuration, const std::string& name) {
  Study study;
  configuration::read_config_text(configuration, name, {}, keys_of(study), choices_of(study));
  return study;
}

std::shared_ptr<const problem::Prior> make_prior(const Study& study) {
  return study.prior->make(study.forward->unknowns());
}

std::unique_ptr<problem::ForwardModel> make_forward_model(const Study& study) {
  if (!study.forward->simulates()) return study.forward->make({});  // throws
  const std::shared_ptr<const problem::Prior> prior = make_prior(study);
  return study.forward->make(prior->unknowns(prior->mean().transpose()).transpose());
}

void require_imported(const Study& study) {
  if (study.forward->simulates() || study.forward->imported()) return;
  throw base::InputError(
      study.output + "/dataset.h5: there is no data set; run `scorefem import CONFIG --pairs FILE` first");
}

void require_test_part(const Study& study) {
  if (study.data.test > 0) return;
  throw base::InputError(
      "the data set has no test part: what was learnt cannot be compared with truths; `scorefem train` and "
      "`scorefem infer` need none. Import pairs with --test FILE, or with data.test_share above 0");
}

void require_trainable(const Study& study, const std::string& path,
                       const std::vector<std::string>& overrides) {
  try {
    study.training.training_part(study.data.train);
  } catch (const std::invalid_argument& error) {
    throw base::ConfigError(path + ": " + error.what());
  }
  const std::vector<double>& range = study.training_noise_range;
  const std::optional<double> level = study.noise->relative_level();
  if (study.data.test == 0 || range.empty() || !level) return;
  if (diffusion::NoiseRange{range[0], range[1]}.serves(*level)) return;
  // Other commands may do without: several rows of `infer --repeated` have less noise together.
  std::ostringstream text;
  text << configuration::location_of("noise.relative", path, overrides) << ": noise.relative = " << *level
       << "; expected a level in training.noise_range, " << text_of(range[0], range[1]);
  throw base::ConfigError(text.str());
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
std::string evaluation_inputs(const Study& study) {
  return printed(study, describe_evaluation_inputs, false);
}
std::string reference_inputs(const Study& study) {
  return printed(study, describe_reference_inputs, false);
}

}  // namespace scorefem::study
