#include "diffusion/posterior_sampler.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "diffusion/angle_flow.h"
#include "diffusion/counter_random.h"
#include "diffusion/probability_flow_ode.h"
#include "diffusion/random_tensor.h"
#include "diffusion/require.h"
#include "diffusion/stochastic_sampler.h"
#include "diffusion/threads.h"

namespace scorefem::diffusion {

namespace {

/// Rows that fit: an adaptive integrator keeps about 16 states, and the network its input and two layers per
/// thread. No more than keep the processor busy while the states stay in its cache.
std::int64_t rows_in_memory(const Model& model, const SamplerOptions& options) {
  constexpr std::int64_t kMost = 16384;
  const double state = 16.0 * 8.0 * static_cast<double>(model.n_inferred());
  const double input = 3.0 * 4.0 * static_cast<double>(model.n_inferred() + 2 * model.n_measured() + 8);
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(options.memory_mb * 1e6 / (state + input)), 1,
                                  kMost);
}

/// A rectangle of measurements and samples that is sampled at once.
struct Block {
  std::int64_t first_measurement, n_measurements, first_sample, n_samples;
};

/// The index of the random numbers of one sample: the same for any batch size.
std::uint64_t random_index(std::int64_t measurement, std::int64_t sample) {
  return static_cast<std::uint64_t>(measurement) << 32 | static_cast<std::uint64_t>(sample);
}

/// Standard normals of every row of the block, [rows, dimension].
torch::Tensor block_normals(const Block& block, const CounterRandom& random,
                            std::int64_t first_measurement_index, std::int64_t dimension) {
  torch::Tensor normals = torch::empty({block.n_measurements, block.n_samples, dimension}, torch::kFloat64);
  for (std::int64_t i = 0; i < block.n_measurements; ++i) {
    const std::int64_t measurement = first_measurement_index + block.first_measurement + i;
    normals[i].copy_(normal_tensor(random, random_index(measurement, block.first_sample), block.n_samples,
                                   dimension, torch::kFloat64));
  }
  return normals.view({-1, dimension});
}

/// The reverse process in t, from the Gaussian that the model starts from.
torch::Tensor integrate_in_time(ConditionedModel& conditioned, const Process& process,
                                const torch::Tensor& normals, const SamplerOptions& options,
                                const Increments& increments, SamplerStatistics& statistics) {
  const double begin = process.start_time();
  const double end = options.end_time;
  const torch::Tensor state = normals * conditioned.initial_stddev(begin);
  const Score score = [&conditioned](const torch::Tensor& x, double t) { return conditioned.score(x, t); };
  switch (options.method) {
    case Method::rk45: {
      Rk45Options rk45;
      rk45.rtol = options.rtol;
      rk45.atol = options.atol;
      return integrate_rk45(probability_flow(process, score), state, begin, end, rk45, statistics);
    }
    case Method::euler:
      return integrate_euler(probability_flow(process, score), state, begin, end, options.steps, statistics);
    case Method::heun:
      return integrate_heun(probability_flow(process, score), state, begin, end, options.steps, statistics);
    case Method::euler_maruyama:
      return integrate_euler_maruyama(process, score, options.alpha, state, begin, end, options.steps,
                                      increments, statistics);
    case Method::stochastic_heun:
      return integrate_stochastic_heun(process, score, options.alpha, state, begin, end, options.steps,
                                       increments, statistics);
    default:
      throw std::invalid_argument("sampler: not a method in t");
  }
}

torch::Tensor integrate(ConditionedModel& conditioned, const Process& process, const torch::Tensor& normals,
                        const SamplerOptions& options, const Increments& increments,
                        SamplerStatistics& statistics) {
  const double theta = conditioned.initial_angle();
  const torch::Tensor w = normals * std::sin(theta);
  const AngleFlow flow = [&conditioned](const torch::Tensor& state, double angle) {
    return conditioned.flow(state, angle);
  };
  switch (options.method) {
    case Method::angle_euler:
      return integrate_angle_euler(flow, w, theta, options.steps, statistics);
    case Method::angle_midpoint:
      return integrate_angle_midpoint(flow, w, theta, options.steps, statistics);
    case Method::angle_heun:
      return integrate_angle_heun(flow, w, theta, options.steps, statistics);
    case Method::dpm_solver_2m:
      return integrate_dpm_solver_2m(flow, w, theta, options.steps, statistics);
    default:
      return integrate_in_time(conditioned, process, normals, options, increments, statistics);
  }
}

}  // namespace

void SamplerOptions::validate() const {
  require(std::isfinite(rtol) && rtol > 0.0, "sampler: rtol", rtol, "> 0");
  require(std::isfinite(atol) && atol > 0.0, "sampler: atol", atol, "> 0");
  require(steps >= 1, "sampler: steps", steps, ">= 1");
  require(std::isfinite(alpha) && alpha > 0.0, "sampler: alpha", alpha,
          "> 0 (alpha = 0 is the ODE: choose one of its methods)");
  require(end_time >= 0.0 && end_time < 1.0, "sampler: end_time", end_time, "[0, 1)");
  require(std::isfinite(memory_mb) && memory_mb > 0.0, "sampler: memory_mb", memory_mb, "> 0");
  require(batch_rows >= 0, "sampler: batch_rows", batch_rows, ">= 0");
  require(threads >= 0, "sampler: threads", threads, ">= 0");
}

SamplerStatistics sample_posterior(const Model& model, const Measurements& measurements,
                                   std::int64_t n_samples, const SamplerOptions& options, std::uint64_t seed,
                                   std::int64_t first_measurement_index, const SampleSink& sink,
                                   const SamplingProgress& progress) {
  options.validate();
  measurements.validate();
  require(n_samples >= 1 && n_samples < (std::int64_t{1} << 32), "sampler: n_samples", n_samples,
          "1 to 2^32 - 1");
  require(first_measurement_index >= 0, "sampler: first_measurement_index", first_measurement_index, ">= 0");
  set_threads(options.threads);
  const torch::NoGradGuard no_grad;
  const std::int64_t dimension = model.n_inferred();
  const std::int64_t rows = options.batch_rows > 0 ? options.batch_rows : rows_in_memory(model, options);
  const std::int64_t measurements_per_block = std::max<std::int64_t>(1, rows / n_samples);
  const std::int64_t samples_per_block = std::min(rows, n_samples);
  const std::int64_t total = measurements.size() * n_samples;

  SamplerStatistics statistics;
  std::int64_t done = 0;
  for (std::int64_t i = 0; i < measurements.size(); i += measurements_per_block)
    for (std::int64_t j = 0; j < n_samples; j += samples_per_block) {
      const Block block{i, std::min(measurements_per_block, measurements.size() - i), j,
                        std::min(samples_per_block, n_samples - j)};
      const torch::Tensor row_of =
          torch::arange(i, i + block.n_measurements, torch::kInt64).repeat_interleave(block.n_samples);
      const auto conditioned = model.condition(measurements, row_of, options.precision);
      const torch::Tensor normals =
          block_normals(block, {seed, Stream::initial_state}, first_measurement_index, dimension);
      const Increments increments = [&](int step) {
        return block_normals(block, {seed, Stream::brownian_increment, static_cast<std::uint32_t>(step)},
                             first_measurement_index, dimension);
      };
      const torch::Tensor state =
          integrate(*conditioned, model.process(), normals, options, increments, statistics);
      sink(i, j,
           conditioned->to_physical(state)
               .to(torch::kFloat32)
               .view({block.n_measurements, block.n_samples, dimension})
               .contiguous());
      done += block.n_measurements * block.n_samples;
      if (progress) progress(done, total);
    }
  return statistics;
}

}  // namespace scorefem::diffusion
