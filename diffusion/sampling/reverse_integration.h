#pragma once

#include <torch/types.h>

#include "diffusion/model/model.h"
#include "diffusion/options/sampler_options.h"
#include "diffusion/sampling/sampler_statistics.h"
#include "diffusion/sampling/stochastic_sampler.h"

namespace scorefem::diffusion {

/// Takes standard normals, [rows, n_inferred] float64, through the reverse process of `conditioned` by the
/// method of `options`, to the model's coordinates at the end; same shape. `process` is that of the model;
/// `increments` are what stochastic methods draw. Throws SamplingFailure where rk45 fails.
torch::Tensor integrate_reverse(ConditionedModel& conditioned, const Process& process,
                                const torch::Tensor& normals, const SamplerOptions& options,
                                const Increments& increments, SamplerStatistics& statistics);

}  // namespace scorefem::diffusion
