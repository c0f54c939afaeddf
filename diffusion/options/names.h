#pragma once

#include <utility>
#include <vector>

#include "diffusion/numerics/process.h"
#include "diffusion/options/model_options.h"
#include "diffusion/options/precision.h"
#include "diffusion/options/sampler_options.h"
#include "diffusion/options/training_options.h"

namespace scorefem::diffusion {

/// The values of an enumeration, each with the name that configurations and checkpoints give it. Which one is
/// asked for, the argument's type says.
template <class Enum>
using Names = std::vector<std::pair<Enum, const char*>>;

const Names<ProcessFamily>& names(ProcessFamily);
const Names<Network>& names(Network);
const Names<Centre>& names(Centre);
const Names<Activation>& names(Activation);
const Names<Layers>& names(Layers);
const Names<LearningRateSchedule>& names(LearningRateSchedule);
const Names<Device>& names(Device);
const Names<Method>& names(Method);
const Names<Precision>& names(Precision);

}  // namespace scorefem::diffusion
