#include "pipeline/observe.h"

#include <stdexcept>

#include "pipeline/csv.h"
#include "pipeline/provenance.h"
#include "solver/forward_model.h"

namespace scorefem {

void observe(const Study& study, const std::string& flux_path, const std::string& output_path) {
  const solver::Matrix flux =
      read_csv(flux_path, study.forward.channel.n_segments(), MissingValues::rejected);
  const std::vector<solver::SensorPosition> sensors = study.sensors.resolved();
  const solver::Observations observations = solver::make_forward_model(study.forward, sensors)->observe(flux);
  if (!observations.failures.empty()) {
    std::string message = flux_path + ": no solution was found for";
    for (const solver::SampleFailure& failure : observations.failures) {
      message += " row " + std::to_string(failure.row + 1) + " (" + failure.reason + ")";
    }
    throw std::runtime_error(message);
  }
  write_csv(output_path,
            {"noise-free concentration: one flux vector a row, " + std::to_string(sensors.size()) +
                 " sensors in the configuration's order",
             "scorefem " + version() + ", " + git_hash() + ", " + utc_date()},
            observations.concentration, 12);
}

}  // namespace scorefem
