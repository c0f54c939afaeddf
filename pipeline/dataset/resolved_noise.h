#pragma once

#include <memory>

#include "pipeline/dataset/dataset.h"
#include "pipeline/study/study.h"

namespace scorefem::dataset {

/// A study's noise, in the observations' units.
struct ResolvedNoise {
  std::shared_ptr<const problem::Noise> noise;  //!< of the measurements that are inverted
  double unit = 0;                //!< what 1 of a relative level means: pooled_standard_deviation()
  diffusion::NoiseRange trained;  //!< levels, in standard coordinates, that the network is trained for
};

ResolvedNoise resolve_noise(const study::Study& study, const Dataset& dataset);
/// The same with the unit known, e.g. from a checkpoint.
ResolvedNoise resolve_noise(const study::Study& study, const problem::Layout& observations, double unit);

}  // namespace scorefem::dataset
