#include "diffusion/posterior_sampler.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <stdexcept>

#include "diffusion/counter_random.h"
#include "diffusion/probability_flow_ode.h"
#include "diffusion/random_tensor.h"
#include "diffusion/threads.h"

namespace scorefem::diffusion {

namespace {

template <class Value>
void require(bool condition, const char* name, Value value, const char* allowed) {
  if (condition) return;
  std::ostringstream message;
  message << "sampler: " << name << " = " << value << ", allowed: " << allowed;
  throw std::invalid_argument(message.str());
}

/// Rows that fit: an adaptive integrator keeps about 16 states, and the network its input and two layers per
/// thread.
std::int64_t rows_in_memory(const Model& model, const SamplerOptions& options) {
  const double state = 16.0 * 8.0 * static_cast<double>(model.n_inferred());
  const double input = 3.0 * 4.0 * static_cast<double>(model.n_inferred() + 2 * model.n_measured() + 8);
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(options.memory_mb * 1e6 / (state + input)));
}

/// A rectangle of measurements and samples that is sampled at once.
struct Block {
  std::int64_t first_measurement, n_measurements, first_sample, n_samples;
};

/// The index of the random numbers of one sample: the same for any batch size.
std::uint64_t random_index(std::int64_t measurement, std::int64_t sample) {
  return static_cast<std::uint64_t>(measurement) << 32 | static_cast<std::uint64_t>(sample);
}

torch::Tensor initial_normals(const Block& block, std::int64_t first_measurement_index,
                              std::int64_t dimension, std::uint64_t seed) {
  const CounterRandom random(seed, Stream::initial_state);
  torch::Tensor normals = torch::empty({block.n_measurements, block.n_samples, dimension}, torch::kFloat64);
  for (std::int64_t i = 0; i < block.n_measurements; ++i) {
    const std::int64_t measurement = first_measurement_index + block.first_measurement + i;
    normals[i].copy_(normal_tensor(random, random_index(measurement, block.first_sample), block.n_samples,
                                   dimension, torch::kFloat64));
  }
  return normals.view({-1, dimension});
}

torch::Tensor integrate(ConditionedModel& conditioned, const Process& process, const torch::Tensor& normals,
                        const SamplerOptions& options, SamplerStatistics& statistics) {
  const double begin = process.start_time();
  const double end = options.end_time;
  const torch::Tensor state = normals * conditioned.initial_stddev(begin);
  const Velocity velocity = probability_flow(
      process, [&conditioned](const torch::Tensor& x, double t) { return conditioned.score(x, t); });
  switch (options.method) {
    case Method::rk45: {
      Rk45Options rk45;
      rk45.rtol = options.rtol;
      rk45.atol = options.atol;
      return integrate_rk45(velocity, state, begin, end, rk45, statistics);
    }
    case Method::euler:
      return integrate_euler(velocity, state, begin, end, options.steps, statistics);
    case Method::heun:
      return integrate_heun(velocity, state, begin, end, options.steps, statistics);
  }
  throw std::invalid_argument("sampler: unknown method");
}

}  // namespace

void SamplerOptions::validate() const {
  require(std::isfinite(rtol) && rtol > 0.0, "rtol", rtol, "> 0");
  require(std::isfinite(atol) && atol > 0.0, "atol", atol, "> 0");
  require(steps >= 1, "steps", steps, ">= 1");
  require(end_time >= 0.0 && end_time < 1.0, "end_time", end_time, "[0, 1)");
  require(std::isfinite(memory_mb) && memory_mb > 0.0, "memory_mb", memory_mb, "> 0");
  require(batch_rows >= 0, "batch_rows", batch_rows, ">= 0");
  require(threads >= 0, "threads", threads, ">= 0");
}

SamplerStatistics sample_posterior(const Model& model, const Measurements& measurements,
                                   std::int64_t n_samples, const SamplerOptions& options, std::uint64_t seed,
                                   std::int64_t first_measurement_index, const SampleSink& sink,
                                   const SamplingProgress& progress) {
  options.validate();
  measurements.validate();
  require(n_samples >= 1 && n_samples < (std::int64_t{1} << 32), "n_samples", n_samples, "1 to 2^32 - 1");
  require(first_measurement_index >= 0, "first_measurement_index", first_measurement_index, ">= 0");
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
      const auto conditioned = model.condition(measurements, row_of);
      const torch::Tensor normals = initial_normals(block, first_measurement_index, dimension, seed);
      const torch::Tensor state = integrate(*conditioned, model.process(), normals, options, statistics);
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
