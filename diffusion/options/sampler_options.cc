#include "diffusion/options/sampler_options.h"

#include <cmath>

#include "diffusion/numerics/process.h"
#include "diffusion/numerics/require.h"

namespace scorefem::diffusion {

void SamplerOptions::validate() const {
  require(std::isfinite(rtol) && rtol > 0.0, "sampler: rtol", rtol, "> 0");
  require(std::isfinite(atol) && atol > 0.0, "sampler: atol", atol, "> 0");
  require(steps >= 1, "sampler: steps", steps, ">= 1");
  require(std::isfinite(small_displacement) && small_displacement >= 0.0, "sampler: small_displacement",
          small_displacement, ">= 0");
  require(std::isfinite(step_error) && step_error > 0.0, "sampler: step_error", step_error, "> 0");
  require(std::isfinite(alpha) && alpha > 0.0, "sampler: alpha", alpha,
          "> 0 (alpha = 0 is the ODE: choose one of its methods)");
  if (end_time) require(*end_time >= 0.0 && *end_time < 1.0, "sampler: end_time", *end_time, "[0, 1)");
  require(std::isfinite(memory_mb) && memory_mb > 0.0, "sampler: memory_mb", memory_mb, "> 0");
  require(batch_rows >= 0, "sampler: batch_rows", batch_rows, ">= 0");
  require(threads >= 0, "sampler: threads", threads, ">= 0");
}

void SamplerOptions::validate_for(const Process& process, Network network) const {
  validate();
  if (method != Method::rk45 || !end_time) return;
  require(std::isfinite(process.diffusion_squared(*end_time)), "sampler: end_time", *end_time,
          "> 0, as g^2 of this process is infinite at t = 0");
  require(network == Network::mlp || process.stddev(*end_time) > 0.0, "sampler: end_time", *end_time,
          "> 0, as the score of gaussian_residual is infinite at t = 0");
}

SamplerOptions SamplerOptions::resolved_for(const Process& process, Network network) const {
  SamplerOptions options = *this;
  if (method == Method::rk45 && network == Network::mlp && std::isfinite(process.diffusion_squared(0.0)))
    options.end_time = end_time.value_or(0.0);
  return options;
}

}  // namespace scorefem::diffusion
