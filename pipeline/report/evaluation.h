#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>

#include "pipeline/dataset/dataset.h"
#include "pipeline/dataset/network_coordinates.h"
#include "pipeline/dataset/resolved_noise.h"
#include "pipeline/posterior/posterior_file.h"
#include "pipeline/study/stage.h"
#include "pipeline/truth/reference_file.h"

namespace scorefem::report {

/// All measures of a posterior, written to the run's folder (metrics.csv, by_sensors.csv, coverage.csv,
/// calibration.csv, gaussian_posterior.h5) but for the summary, which is returned.
/// @param noise as the model was trained with
/// @param coordinates that the network learnt the unknowns in
/// @param reference null if there is none
nlohmann::json measure_all(const study::StageContext& context, const dataset::Dataset& dataset,
                           const posterior::Posterior& posterior, const dataset::ResolvedNoise& noise,
                           const dataset::NetworkCoordinates& coordinates,
                           const std::shared_ptr<const truth::Reference>& reference);

}  // namespace scorefem::report
