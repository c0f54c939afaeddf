#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "diffusion/comparison/sinkhorn.h"
#include "diffusion/numerics/process.h"
#include "diffusion/options/model_options.h"
#include "diffusion/options/sampler_options.h"
#include "diffusion/options/training_options.h"
#include "pipeline/densities/density_problem.h"

namespace scorefem::densities {

enum class ProcessKind { variance_exploding, variance_preserving };
inline constexpr std::array kProcessKinds = {ProcessKind::variance_exploding,
                                             ProcessKind::variance_preserving};
/// As in configurations and file names.
std::string to_string(ProcessKind process);

enum class SamplerKind { ode, sde };
inline constexpr std::array kSamplerKinds = {SamplerKind::ode, SamplerKind::sde};
std::string to_string(SamplerKind sampler);

/// Sizes, and where the conditional densities are compared.
struct DensityDataOptions {
  int train = 10000;        //!< training pairs, >= 2
  int test = 100000;        //!< pairs that the references are taken from, >= 1
  double band_width = 0.1;  //!< of y around a conditioning value, total, > 0
  /// Values of y for each density, at least one.
  std::array<std::vector<double>, kDensities.size()> conditioning = {
      {{-1.5, -0.5, 0.5, 1.5}, {-1.0, -0.5, 0.5, 1.0}, {-0.75, -0.25, 0.25, 0.75}}};
};

/// The study of paper 6.1: models of each density with each process and several seeds, compared with
/// references by their transport cost (paper, Table 2).
struct DensityStudy {
  DensityStudy();

  std::string name;
  std::uint64_t seed = 1;  //!< of the pairs and the first training; the others follow
  int trainings = 3;       //!< of every model, each with a seed of its own, >= 1
  DensityDataOptions data;
  std::array<diffusion::ProcessOptions, kProcessKinds.size()> processes;
  diffusion::ModelOptions model;
  diffusion::TrainingOptions training;
  int samples = 10000;  //!< for each conditioning value, >= 2
  std::array<diffusion::SamplerOptions, kSamplerKinds.size()> samplers;
  diffusion::SinkhornOptions transport;

  std::string output;  //!< folder of all results
  int threads = 0;     //!< 0: all cores

  const std::vector<double>& conditioning(Density density) const {
    return data.conditioning[static_cast<std::size_t>(density)];
  }
  const diffusion::ProcessOptions& process(ProcessKind kind) const {
    return processes[static_cast<std::size_t>(kind)];
  }
  const diffusion::SamplerOptions& sampler(SamplerKind kind) const {
    return samplers[static_cast<std::size_t>(kind)];
  }
  void set_threads(int n);
};

/// One model of the study.
struct DensityCell {
  Density density;
  ProcessKind process;
  std::uint64_t seed;  //!< of its training and samples

  /// For file names: "tanh_variance_exploding_1".
  std::string name() const;
};

/// Reads and validates a configuration; see config_reader.h for what is thrown.
DensityStudy load_density_study(const std::string& path, const std::vector<std::string>& overrides);

/// The complete configuration as YAML, which reads back to the same study.
std::string resolved_configuration(const DensityStudy& study);

/// What the weights of a model depend on, and what its samples and their costs depend on, as YAML: equal
/// text, equal result.
std::string model_inputs(const DensityStudy& study, const DensityCell& cell);
std::string sample_inputs(const DensityStudy& study, const DensityCell& cell);

}  // namespace scorefem::densities
