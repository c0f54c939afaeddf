#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>

#include "pipeline/base/run_log.h"
#include "pipeline/dataset/dataset.h"
#include "pipeline/posterior/posterior_file.h"
#include "pipeline/study/stage.h"
#include "pipeline/training/trained_model.h"
#include "pipeline/truth/reference_file.h"

namespace scorefem::report {

/// All measures of a posterior, written to the run's folder (metrics.csv, by_sensors.csv, coverage.csv,
/// calibration.csv, gaussian_posterior.h5) but for the summary, which is returned.
/// @param model that the posterior's samples are of
/// @param reference null if there is none
nlohmann::json measure_all(const study::Study& study, const study::OutputPaths& paths,
                           const dataset::Dataset& dataset, const training::TrainedModel& model,
                           const posterior::Posterior& posterior,
                           const std::shared_ptr<const truth::Reference>& reference, base::RunLog& log);

}  // namespace scorefem::report
