#pragma once

#include <functional>
#include <string>

#include "diffusion/model/pairs.h"
#include "pipeline/dataset/dataset.h"
#include "pipeline/dataset/observation_encoding.h"
#include "pipeline/problem/noise.h"

namespace scorefem::dataset {

/// The training samples that have a solution as to_pairs() gives them, read block by block, so that nothing
/// is held twice. Their identity is that of all that is read, as it is stored.
/// @param adjust what is learnt of each block of rows, if it is not what is stored
/// @param folder keeps them in a file there instead of memory, see PairStore; empty: in memory
diffusion::Pairs read_training_pairs(
    const Dataset& dataset, const problem::Noise& noise, const ObservationEncoding& encoding,
    const std::function<void(RowRange rows, SampleBlock& block)>& adjust = {},
    const std::string& folder = "");

}  // namespace scorefem::dataset
