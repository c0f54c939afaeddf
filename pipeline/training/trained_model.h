#pragma once

#include <string>

#include "pipeline/dataset/dataset.h"
#include "pipeline/dataset/network_coordinates.h"
#include "pipeline/dataset/observation_encoding.h"
#include "pipeline/study/origin.h"

namespace scorefem::training {

/// What a checkpoint was made from; compare with training_origin().
/// @throws InputError if it cannot be read or does not say.
study::Origin checkpoint_origin(const std::string& path);

/// What a training of this study on this data set is made from.
study::Origin training_origin(const study::Study& study, const dataset::Dataset& dataset);

/// Proves that a checkpoint is that of this study.
/// @throws InputError if it is missing, unreadable or made from another configuration.
void require_matching_checkpoint(const study::Study& study, const std::string& path);
/// And that it was trained on what the data set holds now.
void require_matching_checkpoint(const study::Study& study, const std::string& path,
                                 const dataset::Dataset& dataset);

/// The noise's unit, dataset::ResolvedNoise::unit, of the training: what a relative level means in all that
/// is done with the model.
/// @throws InputError if it cannot be read or does not say.
double checkpoint_noise_unit(const std::string& path);

/// How measurements reach the network of a checkpoint.
/// @throws InputError if it cannot be read.
dataset::ObservationEncoding checkpoint_encoding(const std::string& path);

/// The coordinates in which the network of a checkpoint learnt the unknowns.
/// @throws InputError if it cannot be read.
dataset::NetworkCoordinates checkpoint_coordinates(const std::string& path);

/// Tells one training from another with the same configuration: samples belong to the weights they came from.
/// @throws InputError if the checkpoint cannot be read.
std::string checkpoint_fingerprint(const std::string& path);

}  // namespace scorefem::training
