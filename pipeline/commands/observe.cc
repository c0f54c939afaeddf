#include "pipeline/commands/observe.h"

#include <sstream>
#include <stdexcept>

#include "pipeline/base/csv.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/provenance.h"
#include "solver/forward_model.h"

namespace scorefem::commands {
namespace {

/// With flux out of the channel the reaction problem has no solution that is known to be the stable one.
void require_inflow(const solver::Matrix& flux, const std::string& path) {
  for (Eigen::Index i = 0; i < flux.rows(); ++i) {
    for (Eigen::Index j = 0; j < flux.cols(); ++j) {
      if (flux(i, j) >= 0) continue;
      std::ostringstream message;
      message << path << ": row " << i + 1 << ", column " << j + 1 << ": " << flux(i, j)
              << "; expected a flux >= 0 in the reaction problem";
      throw base::InputError(message.str());
    }
  }
}

}  // namespace

void observe(const study::Study& study, const std::string& flux_path, const std::string& output_path,
             bool writes) {
  const solver::Matrix flux =
      base::read_csv(flux_path, study.forward.channel.n_segments(), base::MissingValues::rejected);
  if (study.forward.problem == solver::Problem::reaction) require_inflow(flux, flux_path);
  const std::vector<solver::SensorPosition> sensors = study.sensors.resolved();
  const solver::Observations observations = solver::make_forward_model(study.forward, sensors)->observe(flux);
  if (!observations.failures.empty()) {
    std::string message = flux_path + ": no solution was found for";
    for (const solver::SampleFailure& failure : observations.failures) {
      message += " row " + std::to_string(failure.row + 1) + " (" + failure.reason + ")";
    }
    throw std::runtime_error(message);
  }
  if (!writes) return;
  base::write_csv(output_path,
                  {"noise-free concentration: one flux vector a row, " + std::to_string(sensors.size()) +
                       " sensors in the configuration's order",
                   "scorefem " + base::version() + ", " + base::git_hash() + ", " + base::utc_date()},
                  observations.concentration, 12);
}

}  // namespace scorefem::commands
