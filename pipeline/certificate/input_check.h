#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/base/run_log.h"
#include "pipeline/calibration/predictive_model.h"
#include "pipeline/certificate/inverted.h"
#include "pipeline/posterior/posterior_file.h"
#include "pipeline/posterior/training_distance.h"
#include "pipeline/study/study.h"
#include "pipeline/training/trained_model.h"

namespace scorefem::certificate {

/// What one check found.
struct Verdict {
  double p_value = 0;        //!< NaN where it is not known
  bool conspicuous = false;  //!< `infer` warned
};

/// What tells that a measurement may not be one that the model was trained for.
struct Misfit {
  std::vector<posterior::TrainingDistance>
      training;                       //!< of each row; empty: there is nothing to compare with
  std::vector<Verdict> prediction;    //!< of each measurement
  std::optional<Verdict> repetition;  //!< of repeated rows, with each other
  std::vector<std::string> warnings;  //!< sentences for a person, the first of which are shown
};

/// Training observations from the model file, or else from the run's data set; none if neither has them.
/// @param noise of a measurement
/// @param dataset path of the latter
/// @throws base::InputError for a damaged model file
posterior::TrainingRows known_training_rows(const study::Study& study, const training::TrainedModel& model,
                                            const problem::Noise& noise, const std::string& dataset,
                                            base::RunLog& log);

/// Compares measurements with those of training; needs no samples. Warns in the log, and says there if a
/// check had nothing to look at.
/// @param measurement [n, n_observations]
void check_against_training(const problem::Layout& observations, const posterior::TrainingRows& rows,
                            const problem::Measurements& measurement,
                            const std::shared_ptr<const problem::Noise>& noise,
                            const dataset::ObservationEncoding& encoding, Misfit& misfit, base::RunLog& log);

/// Compares rows that should be independent measurements of the same unknowns with each other.
void check_repetition(const problem::Measurements& rows, const problem::Noise& noise, Misfit& misfit,
                      base::RunLog& log);

/// Compares measurements with what their posteriors predict. Warns in the log.
/// @param model null: nothing is compared
void check_against_prediction(const posterior::Posterior& posterior,
                              const std::optional<calibration::PredictiveModel>& model,
                              const Inverted& inverted, Misfit& misfit, base::RunLog& log);

/// The group /misfit of posterior_format.md.
void write_misfit(const std::string& path, const Misfit& misfit);

}  // namespace scorefem::certificate
