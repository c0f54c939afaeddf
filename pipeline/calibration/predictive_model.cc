#include "pipeline/calibration/predictive_model.h"

#include "pipeline/study/load_study.h"

#include <limits>
#include <memory>

namespace scorefem::calibration {

using solver::Matrix;

std::optional<PredictiveModel> predictive_model(const study::Study& study, std::optional<Matrix> response,
                                                base::RunLog& log) {
  constexpr Eigen::Index kMeasurements = 100, kSamples = 20;
  constexpr Eigen::Index kAll = std::numeric_limits<Eigen::Index>::max();
  if (response) {
    const Matrix transposed = response->transpose();
    return PredictiveModel{[transposed](const Matrix& unknowns) -> Matrix { return unknowns * transposed; },
                           kAll, kAll};
  }
  if (!study.forward->simulates()) return std::nullopt;
  const std::shared_ptr<problem::ForwardModel> model = study::make_forward_model(study);
  const std::string reason = model->unavailable();
  if (!reason.empty()) {
    log.warn("unchecked", "no predictive checks: " + reason);
    return std::nullopt;
  }
  return PredictiveModel{[model](const Matrix& unknowns) { return model->observe(unknowns).values; },
                         kMeasurements, kSamples};
}

}  // namespace scorefem::calibration
