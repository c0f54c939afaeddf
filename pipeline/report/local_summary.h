#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "pipeline/calibration/local_calibration.h"

namespace scorefem::report {

/// What summary.json says of the local test of calibration: of how many measurements, the share of p-values
/// below 0.05 (5 % are expected of a calibrated posterior), and the measurements with the least, as they are
/// numbered in local_calibration.csv, from 1.
nlohmann::json local_summary(const calibration::LocalCalibration& local);

/// The same in lines for standard output; empty if there was no test, or an earlier program made the summary
/// and does not say.
/// @param local of local_summary(), or null
std::string local_text(const nlohmann::json& local);

}  // namespace scorefem::report
