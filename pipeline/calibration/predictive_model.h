#pragma once

#include "pipeline/base/run_log.h"
#include "pipeline/calibration/answer_measures.h"
#include "pipeline/study/study.h"

namespace scorefem::calibration {

/// The forward problem for predictive checks: the product with the response matrix if the model is linear,
/// otherwise solves, for 100 measurements and 20 samples each at most. None for pairs
/// that were made elsewhere, or if the model cannot be asked, with a warning. Solves may need the runtime of
/// solver/runtime.h.
/// @param response G [n_observations, n_unknowns] of a linear model, if it is known
std::optional<PredictiveModel> predictive_model(const study::Study& study,
                                                std::optional<solver::Matrix> response, base::RunLog& log);

}  // namespace scorefem::calibration
