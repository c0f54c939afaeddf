#pragma once

#include <torch/types.h>

#include "diffusion/model/pairs.h"
#include "diffusion/options/training_options.h"
#include "diffusion/training/batch_order.h"
#include "diffusion/training/batch_source.h"

namespace scorefem::diffusion {

/// Which rows of the pairs are trained on, and which are held back.
struct PairSplit {
  torch::Tensor training;    //!< int64 [n_training]; in the order of the pairs where batches are of windows
  torch::Tensor validation;  //!< int64, in random order; empty if nothing is held back
};

/// By TrainingOptions::seed and validation_fraction.
PairSplit split_pairs(const Pairs& pairs, const TrainingOptions& options);

/// The rows held back; those in memory even where the pairs are not.
BatchSource validation_source(const Pairs& pairs, const PairSplit& parts, bool masked,
                              const TrainingOptions& options, torch::Device device);

/// Tells the pairs which rows the next window will need, if they want to be told and batches are of windows.
BatchOrder::ReadAhead read_ahead(const Pairs& pairs, const torch::Tensor& training,
                                 const TrainingOptions& options);

}  // namespace scorefem::diffusion
