#pragma once

#include "pipeline/dataset/dataset.h"
#include "pipeline/study/study.h"

namespace scorefem::dataset {

/// A study's noise levels in concentration.
struct NoiseLevels {
  double unit = 0;                //!< what 1 of the relative level means: pooled_standard_deviation()
  double measurement = 0;         //!< of the measurements that are inverted
  diffusion::NoiseRange trained;  //!< what the network is trained for
};

NoiseLevels resolve_noise(const study::Study& study, const Dataset& dataset);
/// The same with the unit known, e.g. from a checkpoint.
NoiseLevels resolve_noise(const study::Study& study, double unit);

}  // namespace scorefem::dataset
