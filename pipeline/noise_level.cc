#include "pipeline/noise_level.h"

namespace scorefem {

NoiseLevels resolve_noise(const Study& study, const Dataset& dataset) {
  NoiseLevels levels;
  levels.unit = pooled_standard_deviation(dataset);
  levels.measurement = study.noise.absolute ? *study.noise.absolute : *study.noise.relative * levels.unit;
  levels.trained = {levels.measurement, levels.measurement};
  const std::vector<double>& range = study.training_noise_range;
  if (!range.empty()) levels.trained = {range[0] * levels.unit, range[1] * levels.unit};
  return levels;
}

}  // namespace scorefem
