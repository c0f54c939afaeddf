#include "pipeline/densities/density_study.h"
#include "diffusion/options/names.h"

#include <stdexcept>

#include "diffusion/options/names.h"
#include "pipeline/base/errors.h"
#include "pipeline/configuration/config_reader.h"
#include "pipeline/configuration/config_section.h"
#include "pipeline/configuration/config_writer.h"
#include "pipeline/configuration/model_section.h"

namespace scorefem::densities {
namespace {

using diffusion::Method;

void describe_name(configuration::Section& s, DensityStudy& study) {
  s.required().text("study", study.name, "name of the experiment");
  s.reject_if(study.name.find_first_of("/ \t\n") != std::string::npos, "study",
              "a name without spaces and slashes");
}

void describe_seed(configuration::Section& s, DensityStudy& study) {
  constexpr double kLargestSeed = 9007199254740992.0;  // exactly representable: 2^53
  auto seed = static_cast<std::int64_t>(study.seed);
  s.required().integer("seed", seed, configuration::between(0, kLargestSeed),
                       "of the pairs and of the first training");
  study.seed = static_cast<std::uint64_t>(seed);
}

void describe_process_kind(configuration::Section& s, DensityStudy& study, ProcessKind kind) {
  diffusion::ProcessOptions& process = study.processes[static_cast<std::size_t>(kind)];
  s.section(
      to_string(kind).c_str(),
      [&](configuration::Section& p) {
        configuration::describe_process(p, process);
        const bool exploding = process.family <= diffusion::ProcessFamily::ve_linear;
        p.reject_if(exploding != (kind == ProcessKind::variance_exploding), "family",
                    kind == ProcessKind::variance_exploding ? "ve_geometric, ve_linear" : "vp, vp_straight");
      },
      "");
}

void describe_network(configuration::Section& s, DensityStudy& study) {
  s.section(
      "model",
      [&](configuration::Section& m) {
        m.choice("network", study.model.network, names(study.model.network),
                 "the paper's, or on top of the Gaussian conditional");
        m.integer("width", study.model.width, configuration::between(1, 16384), "of every hidden layer");
        m.integer("hidden_layers", study.model.hidden_layers, configuration::between(1, 64), "");
        m.choice("activation", study.model.activation, names(study.model.activation), "");
      },
      "");
  s.section(
      "training",
      [&](configuration::Section& t) {
        configuration::describe_optimisation(t, study.training);
        configuration::describe_validation(t, study.training);
      },
      "");
}

void describe_sampler_kind(configuration::Section& s, DensityStudy& study, SamplerKind kind) {
  diffusion::SamplerOptions& sampler = study.samplers[static_cast<std::size_t>(kind)];
  s.section(
      to_string(kind).c_str(),
      [&](configuration::Section& p) {
        configuration::describe_sampler(p, sampler);
        const bool stochastic =
            sampler.method == Method::euler_maruyama || sampler.method == Method::stochastic_heun;
        p.reject_if(stochastic != (kind == SamplerKind::sde), "method",
                    kind == SamplerKind::sde ? "euler_maruyama, stochastic_heun"
                                             : "any but euler_maruyama, stochastic_heun");
      },
      "");
}

void describe_conditioning(configuration::Section& s, DensityStudy& study, Density density) {
  std::vector<double>& values = study.data.conditioning[static_cast<std::size_t>(density)];
  const std::string key = to_string(density);
  s.numbers(key.c_str(), values, {}, "values of y");
  s.reject_if(values.empty(), key.c_str(), "at least one value");
}

void describe_comparison(configuration::Section& s, DensityStudy& study) {
  s.integer("samples", study.samples, configuration::at_least(2), "for each conditioning value");
  for (const SamplerKind kind : kSamplerKinds) describe_sampler_kind(s, study, kind);
  s.section(
      "transport",
      [&](configuration::Section& t) {
        t.number("regularisation", study.transport.regularisation, configuration::positive(), "entropic");
        t.number("tolerance", study.transport.tolerance, configuration::positive(), "of the marginals");
        t.integer("max_iterations", study.transport.max_iterations, configuration::at_least(1), "");
      },
      "cost between samples and reference");
}

void describe_study(configuration::Section& s, DensityStudy& study) {
  describe_name(s, study);
  describe_seed(s, study);
  s.integer("trainings", study.trainings, configuration::between(1, 1000),
            "of every model, with seeds seed, seed + 1, ...");
  s.section(
      "data",
      [&](configuration::Section& d) {
        d.integer("train", study.data.train, configuration::at_least(2), "training pairs");
        d.integer("test", study.data.test, configuration::at_least(1),
                  "pairs that the references are taken from");
        d.number("band_width", study.data.band_width, configuration::positive(),
                 "of y around a conditioning value");
      },
      "");
  s.section(
      "conditioning",
      [&](configuration::Section& c) {
        for (const Density density : kDensities) describe_conditioning(c, study, density);
      },
      "where the conditional densities are compared");
  for (const ProcessKind kind : kProcessKinds) describe_process_kind(s, study, kind);
  describe_network(s, study);
  describe_comparison(s, study);
  if (study.output.empty()) study.output = "runs/" + study.name;
  s.section(
      "resources",
      [&](configuration::Section& r) {
        r.number("checkpoint_interval", study.training.checkpoint_interval, configuration::positive(),
                 "seconds");
        configuration::describe_device(r, study.training.device);
        r.integer("threads", study.threads, configuration::between(0, 4096),
                  "0: all that the process may use");
        r.text("output", study.output, "folder of all results");
      },
      "");
}

void describe_model_inputs(configuration::Section& s, DensityStudy& study, const DensityCell& cell) {
  std::string density = to_string(cell.density);
  s.text("density", density, "");
  describe_seed(s, study);
  auto training_seed = static_cast<std::int64_t>(cell.seed);
  s.integer("training_seed", training_seed, configuration::non_negative(), "");
  s.integer("train", study.data.train, configuration::at_least(2), "");
  describe_process_kind(s, study, cell.process);
  describe_network(s, study);
}

void describe_sample_inputs(configuration::Section& s, DensityStudy& study, const DensityCell& cell) {
  describe_model_inputs(s, study, cell);
  s.integer("test", study.data.test, configuration::at_least(1), "");
  s.number("band_width", study.data.band_width, configuration::positive(), "");
  describe_conditioning(s, study, cell.density);
  describe_comparison(s, study);
}

}  // namespace

std::string to_string(ProcessKind process) {
  return process == ProcessKind::variance_exploding ? "variance_exploding" : "variance_preserving";
}

std::string to_string(SamplerKind sampler) {
  return sampler == SamplerKind::ode ? "ode" : "sde";
}

DensityStudy::DensityStudy() {
  // The paper's Appendix B for its section 6.1.
  processes[0].amplitude = 12.0;
  processes[1].family = diffusion::ProcessFamily::vp;
  model.hidden_layers = 2;
  training.validation_fraction = 0.0;
  samplers[1].method = Method::euler_maruyama;
  samplers[1].steps = 1000;
}

void DensityStudy::set_threads(int n) {
  threads = n;
  training.threads = n;
  for (diffusion::SamplerOptions& sampler : samplers) sampler.threads = n;
}

std::string DensityCell::name() const {
  return to_string(density) + "_" + to_string(process) + "_" + std::to_string(seed);
}

DensityStudy load_density_study(const std::string& path, const std::vector<std::string>& overrides) {
  DensityStudy study;
  try {
    configuration::read_config(path, overrides, [&](configuration::Section& s) { describe_study(s, study); });
    for (const diffusion::ProcessOptions& options : study.processes) {
      const auto process = diffusion::make_process(options);
      for (const diffusion::SamplerOptions& sampler : study.samplers)
        sampler.validate_for(*process, study.model.network);
    }
    study.model.validate();
    study.training.validate();
    study.training.training_part(study.data.train);
    study.transport.validate();
  } catch (const std::invalid_argument& error) {
    throw base::ConfigError(path + ": " + error.what());
  }
  study.set_threads(study.threads);
  return study;
}

std::string resolved_configuration(const DensityStudy& study) {
  DensityStudy copy = study;
  return configuration::write_config([&](configuration::Section& s) { describe_study(s, copy); }, true);
}

std::string model_inputs(const DensityStudy& study, const DensityCell& cell) {
  DensityStudy copy = study;
  return configuration::write_config(
      [&](configuration::Section& s) { describe_model_inputs(s, copy, cell); });
}

std::string sample_inputs(const DensityStudy& study, const DensityCell& cell) {
  DensityStudy copy = study;
  return configuration::write_config(
      [&](configuration::Section& s) { describe_sample_inputs(s, copy, cell); });
}

}  // namespace scorefem::densities
