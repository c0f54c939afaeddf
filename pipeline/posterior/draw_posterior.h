#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "diffusion/sampling/sampler_statistics.h"
#include "pipeline/base/run_log.h"
#include "pipeline/dataset/dataset.h"
#include "pipeline/problem/noise.h"
#include "pipeline/study/origin.h"
#include "pipeline/study/study.h"
#include "pipeline/training/trained_model.h"

namespace scorefem::posterior {

/// What is inverted, and written with the samples.
struct PosteriorRequest {
  problem::Measurements measurement;  //!< [n, n_observations]
  solver::Matrix truth;               //!< [n, n_unknowns]; empty if not known
  std::shared_ptr<const problem::Noise> noise;
  std::int64_t n_samples = 0;         //!< for each measurement
  std::optional<std::uint64_t> seed;  //!< of the random numbers; not given: the study's
};

/// What drawing took, and gave.
struct DrawnPosterior {
  diffusion::SamplerStatistics statistics;  //!< of the samples that were drawn by this call
  double evaluations = 0;                   //!< of the network for one of these, on average
  double outside_support = 0;               //!< share of samples with an unknown outside its bounds
};

/// What the samples for the test measurements of a data set are made from.
study::Origin posterior_origin(const study::Study& study, const training::TrainedModel& model,
                               const dataset::Dataset& dataset);

/// What a file of draw_posterior() that is not whole was made from.
/// @throws InputError if it is no such file.
study::Origin partial_posterior_origin(const std::string& path);

/// Draws posterior samples with a trained model and writes them to `path` (format: posterior_format.md). If
/// that is there already, as this function left it when it was stopped or killed, it goes on from the
/// measurements that are whole.
/// @param origin what the result depends on, stored as attributes
/// @throws InputError for measurements that the model was not trained for; Interrupted after a signal, with
/// the
///         whole measurements saved.
DrawnPosterior draw_posterior(const study::Study& study, const training::TrainedModel& model,
                              const PosteriorRequest& request, const study::Origin& origin,
                              const std::string& path, base::RunLog& log);

}  // namespace scorefem::posterior
