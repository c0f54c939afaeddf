#include "pipeline/dataset/resolved_noise.h"

#include "pipeline/dataset/noise_unit.h"

namespace scorefem::dataset {

ResolvedNoise resolve_noise(const study::Study& study, const Dataset& dataset) {
  return resolve_noise(study, dataset.observations(), noise_unit(dataset));
}

ResolvedNoise resolve_noise(const study::Study& study, const problem::Layout& observations, double unit) {
  ResolvedNoise resolved{study.noise->make(observations, unit), unit, {}};
  // Noise that is not additive is in the pairs that the network sees.
  const double level = resolved.noise->is_additive() ? resolved.noise->level() : 0;
  resolved.trained = {level, level};
  const std::vector<double>& range = study.training_noise_range;
  if (!range.empty()) resolved.trained = {range[0] * unit, range[1] * unit};
  return resolved;
}

}  // namespace scorefem::dataset
