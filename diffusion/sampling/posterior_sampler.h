#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>

#include "diffusion/model/model.h"
#include "diffusion/options/sampler_options.h"
#include "diffusion/sampling/sampler_statistics.h"

namespace scorefem::diffusion {

/// One batch: `samples` [measurements, samples, n_inferred], float32, CPU, physical units, contiguous, of
/// measurements from `first_measurement` (index into the Measurements) and samples from `first_sample`.
using SampleSink = std::function<void(std::int64_t first_measurement, std::int64_t first_sample,
                                      const torch::Tensor& samples)>;
/// Rows done out of measurements * n_samples.
using SamplingProgress = std::function<void(std::int64_t done, std::int64_t total)>;

/// Draws `n_samples` posterior samples for each measurement. The starting normals are keyed by (seed,
/// `first_measurement_index` + measurement, sample): the result is the same for any batch size and number of
/// threads to within the integrator's tolerance. Calls `sink` batch by batch, in order: whole measurements,
/// or part of one measurement's samples where the batch holds less than n_samples rows.
/// Throws std::invalid_argument for bad options, or measurements that the model was not trained for;
/// SamplingFailure if a sample is not finite, naming the measurement (counted from 1), or rk45 finds no step.
SamplerStatistics sample_posterior(const Model& model, const Measurements& measurements,
                                   std::int64_t n_samples, const SamplerOptions& options, std::uint64_t seed,
                                   std::int64_t first_measurement_index, const SampleSink& sink,
                                   const SamplingProgress& progress = {});

}  // namespace scorefem::diffusion
