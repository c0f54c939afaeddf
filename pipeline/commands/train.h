#pragma once

#include "pipeline/dataset/dataset.h"
#include "pipeline/study/stage.h"

namespace scorefem::commands {

/// Stage 2: dataset.h5 -> model.pt and training.csv. A training that was stopped goes on from
/// model.partial.pt.
/// @throws InputError if the data set is missing or was made from another configuration, or model.partial.pt
///         belongs to another training; Interrupted after a signal, with the work saved.
void train(const study::StageContext& context);

/// The data set of this study.
/// @throws InputError if it is missing, unreadable or made from another configuration.
dataset::Dataset open_dataset(const study::StageContext& context);

/// Proves that a checkpoint is that of this study.
/// @throws InputError if it is missing, unreadable or made from another configuration.
void require_matching_checkpoint(const study::Study& study, const std::string& path);
/// And that it was trained on what the data set holds now.
void require_matching_checkpoint(const study::Study& study, const std::string& path, const dataset::Dataset& dataset);

/// Tells one training from another with the same configuration: samples belong to the weights they came from.
/// @throws InputError if the checkpoint cannot be read.
std::string checkpoint_fingerprint(const std::string& path);

}  // namespace scorefem::commands
