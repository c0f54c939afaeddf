#pragma once

#include <string>

#include "pipeline/dataset/observation_encoding.h"
#include "pipeline/study/stage.h"

namespace scorefem::training {

/// The configuration that a checkpoint was made from; compare with training_inputs().
/// @throws InputError if it cannot be read or does not say.
std::string checkpoint_inputs(const std::string& path);

/// Proves that a checkpoint is that of this study.
/// @throws InputError if it is missing, unreadable or made from another configuration.
void require_matching_checkpoint(const study::Study& study, const std::string& path);

/// How measurements reach the network of a checkpoint.
/// @throws InputError if it cannot be read.
dataset::ObservationEncoding checkpoint_encoding(const std::string& path);

/// Tells one training from another with the same configuration: samples belong to the weights they came from.
/// @throws InputError if the checkpoint cannot be read.
std::string checkpoint_fingerprint(const std::string& path);

}  // namespace scorefem::training
