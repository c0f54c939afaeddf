#include "pipeline/calibration/predictive_model.h"

#include <limits>
#include <memory>

#include "solver/forward_model.h"

namespace scorefem::calibration {

using solver::Matrix;

PredictiveModel predictive_model(const study::Study& study, const dataset::Dataset& dataset) {
  constexpr Eigen::Index kMeasurements = 100, kSamples = 20;
  constexpr Eigen::Index kAll = std::numeric_limits<Eigen::Index>::max();
  if (dataset.has_response()) {
    const Matrix transposed = dataset.response().transpose();
    return {[transposed](const Matrix& flux) -> Matrix { return flux * transposed; }, kAll, kAll};
  }
  const std::shared_ptr<solver::ForwardModel> model =
      solver::make_forward_model(study.forward, study.sensors.resolved());
  return {[model](const Matrix& flux) { return model->observe(flux).concentration; }, kMeasurements,
          kSamples};
}

}  // namespace scorefem::calibration
