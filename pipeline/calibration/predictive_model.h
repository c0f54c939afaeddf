#pragma once

#include "pipeline/calibration/answer_measures.h"
#include "pipeline/dataset/dataset.h"
#include "pipeline/study/stage.h"

namespace scorefem::calibration {

/// The forward problem for predictive checks: the product with the response matrix if the model is linear,
/// otherwise solves, for 100 measurements and 20 samples each at most. None for pairs
/// that were made elsewhere, or if the model cannot be asked, with a warning. Solves may need the runtime of
/// solver/runtime.h.
/// @param dataset null if it is not at hand
std::optional<PredictiveModel> predictive_model(const study::StageContext& context,
                                                const dataset::Dataset* dataset);

}  // namespace scorefem::calibration
