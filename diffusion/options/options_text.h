#pragma once

#include <map>
#include <string>

#include "diffusion/numerics/process.h"
#include "diffusion/options/model_options.h"
#include "diffusion/options/training_options.h"

namespace scorefem::diffusion {

/// Options as text, name -> value, exact to the last bit: what checkpoints store and compare.
using OptionsText = std::map<std::string, std::string>;

OptionsText to_text(const ProcessOptions& options);
OptionsText to_text(const ModelOptions& options);
OptionsText to_text(const NoiseRange& range);
/// Only what decides the weights: not threads, device, or how often something is written or reported.
OptionsText to_text(const TrainingOptions& options);

/// The reverse; throw std::invalid_argument for a missing name or a value that cannot be read.
ProcessOptions process_options_from_text(const OptionsText& text);
ModelOptions model_options_from_text(const OptionsText& text);
NoiseRange noise_range_from_text(const OptionsText& text);

/// The names used in configuration files.
std::string to_string(ProcessFamily family);
std::string to_string(Network network);
std::string to_string(Activation activation);
std::string to_string(LearningRateSchedule schedule);

}  // namespace scorefem::diffusion
