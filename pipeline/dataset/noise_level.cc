#include "pipeline/dataset/noise_level.h"

namespace scorefem::dataset {

NoiseLevels resolve_noise(const study::Study& study, const Dataset& dataset) {
  return resolve_noise(study, pooled_standard_deviation(dataset));
}

NoiseLevels resolve_noise(const study::Study& study, double unit) {
  NoiseLevels levels;
  levels.unit = unit;
  levels.measurement = study.noise.absolute ? *study.noise.absolute : *study.noise.relative * unit;
  levels.trained = {levels.measurement, levels.measurement};
  const std::vector<double>& range = study.training_noise_range;
  if (!range.empty()) levels.trained = {range[0] * unit, range[1] * unit};
  return levels;
}

}  // namespace scorefem::dataset
