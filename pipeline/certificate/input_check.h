#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/calibration/predictive_model.h"
#include "pipeline/certificate/inverted.h"
#include "pipeline/posterior/posterior_file.h"
#include "pipeline/posterior/training_distance.h"
#include "pipeline/study/stage.h"

namespace scorefem::certificate {

/// What tells that a measurement may not be one that the model was trained for, for each measurement.
struct Misfit {
  std::vector<posterior::TrainingDistance> training;  //!< empty if there is nothing to compare with
  std::vector<double> predictive_p_value;             //!< NaN where it is not known
  std::vector<std::string> warnings;  //!< sentences for a person, the first of which are shown
};

/// Training observations from the model file, or else from the run's data set; none if neither has them.
/// @param metadata of the checkpoint
posterior::TrainingRows known_training_rows(const study::StageContext& context,
                                            const std::map<std::string, std::string>& metadata,
                                            const dataset::ObservationEncoding& encoding);

/// Compares measurements with those of training; needs no samples. Warns in the log.
/// @param measurement [n, n_observations]
void check_against_training(const study::StageContext& context, const posterior::TrainingRows& rows,
                            const problem::Measurements& measurement,
                            std::shared_ptr<const problem::Noise> noise,
                            const dataset::ObservationEncoding& encoding, Misfit& misfit);

/// Compares rows that should be independent measurements of the same unknowns with each other.
void check_repetition(const study::StageContext& context, const problem::Measurements& rows,
                      const problem::Noise& noise, Misfit& misfit);

/// Compares measurements with what their posteriors predict. Warns in the log.
/// @param model null: nothing is compared
void check_against_prediction(const study::StageContext& context, const posterior::Posterior& posterior,
                              const std::optional<calibration::PredictiveModel>& model,
                              const Inverted& inverted, Misfit& misfit);

/// The group /misfit of posterior_format.md.
void write_misfit(const std::string& path, const Misfit& misfit);

}  // namespace scorefem::certificate
