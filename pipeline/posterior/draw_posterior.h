#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "diffusion/sampling/sampler_statistics.h"
#include "pipeline/problem/noise.h"
#include "pipeline/study/stage.h"

namespace scorefem::posterior {

/// What is inverted, and written with the samples.
struct PosteriorRequest {
  solver::Matrix measurement;  //!< [n, n_observations], NaN where one is not there
  solver::Matrix truth;        //!< [n, n_unknowns]; empty if not known
  std::shared_ptr<const problem::Noise> noise;
  std::int64_t n_samples = 0;  //!< for each measurement
};

/// What drawing took, and gave.
struct DrawnPosterior {
  diffusion::SamplerStatistics statistics;
  double outside_support = 0;  //!< share of samples with an unknown outside its bounds
};

/// Draws posterior samples with a trained model and writes them (format: posterior_format.md), whole or not
/// at all.
/// @param inputs what the result depends on, stored as attribute
/// @throws InputError for measurements that the model was not trained for; Interrupted after a signal.
DrawnPosterior draw_posterior(const study::StageContext& context, const std::string& checkpoint,
                              const PosteriorRequest& request, const std::string& inputs,
                              const std::string& path);

}  // namespace scorefem::posterior
