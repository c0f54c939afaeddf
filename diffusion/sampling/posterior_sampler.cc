#include "diffusion/sampling/posterior_sampler.h"

#include <ATen/Parallel.h>
#include <torch/types.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "diffusion/network/cpu_inference.h"
#include "diffusion/numerics/counter_random.h"
#include "diffusion/numerics/random_tensor.h"
#include "diffusion/numerics/require.h"
#include "diffusion/numerics/team.h"
#include "diffusion/numerics/threads.h"
#include "diffusion/sampling/reverse_integration.h"
#include "diffusion/sampling/sampling_failure.h"

namespace scorefem::diffusion {

namespace {

/// Rows that one thread integrates at once: their states and the network's inputs stay in its cache.
constexpr std::int64_t kPieceRows = 1024;

struct BatchSize {
  std::int64_t measurements, samples;  //!< at most so many of each
};

/// What fits into the memory. A row: RK45 keeps about 16 states, others half as many, and the network its
/// input and two layers per thread. No more rows than keep the threads busy: a few pieces each, and more
/// where some take longer than others. Another device is the busier the more there are.
BatchSize batch_size(const Model& model, std::int64_t n_samples, const SamplerOptions& options) {
  const int pieces_a_thread = options.method == Method::angle_adaptive ? 16 : 4;
  const int most_pieces = model.device().is_cpu() ? pieces_a_thread * at::get_num_threads() : 1024;
  const auto most_rows = static_cast<double>(kPieceRows * most_pieces);
  const int states = options.method == Method::rk45 ? 16 : 8;
  const double state = states * 8.0 * static_cast<double>(model.n_inferred());
  const double input = 3.0 * 4.0 * static_cast<double>(model.n_inferred() + 2 * model.n_measured() + 8);
  const double memory = 1e6 * options.memory_mb, row = state + input;
  const auto condition = static_cast<double>(model.condition_bytes());
  const double rows = options.batch_rows > 0 ? static_cast<double>(options.batch_rows)
                                             : std::clamp((memory - condition) / row, 1.0, most_rows);
  const double samples = std::min(std::floor(rows), static_cast<double>(n_samples));
  const double measurements = std::min(rows / samples, memory / (condition + samples * row));
  return {std::max<std::int64_t>(static_cast<std::int64_t>(measurements), 1),
          static_cast<std::int64_t>(samples)};
}

/// A rectangle of measurements and samples; its rows are counted sample by sample, then by measurement.
struct Batch {
  std::int64_t first_measurement, n_measurements, first_sample, n_samples;
  std::int64_t rows() const { return n_measurements * n_samples; }
};

/// Rows of a batch.
struct Piece {
  std::int64_t begin, end;
};

/// What all batches share.
struct Task {
  const Model& model;
  const SamplerOptions& options;
  std::uint64_t seed;
  std::int64_t first_measurement_index;
};

/// Some rows of the batch, int64 [rows], on the model's device.
torch::Tensor rows_of(const Task& task, const Piece& piece) {
  return torch::arange(piece.begin, piece.end, torch::dtype(torch::kInt64).device(task.model.device()));
}

/// Standard normals of some rows of the batch, [rows, dimension]: a sample's are the same for any batch size.
torch::Tensor normals_of(const Task& task, const Batch& batch, const Piece& piece,
                         const CounterRandom& random) {
  const torch::Tensor row = rows_of(task, piece);
  const torch::Tensor measurement =
      row.div(batch.n_samples, "floor") + (task.first_measurement_index + batch.first_measurement);
  const torch::Tensor sample = row.remainder(batch.n_samples) + batch.first_sample;
  return normal_tensor(random, measurement * (std::int64_t{1} << 32) + sample, task.model.n_inferred(),
                       torch::kFloat64);
}

/// A sample that is not finite is an error of the model or the integrator, never a result.
void require_finite(const Task& task, const Batch& batch, const Piece& piece, const torch::Tensor& state) {
  const torch::Tensor bad = torch::isfinite(state).all(1).logical_not().nonzero();
  if (bad.size(0) == 0) return;
  const std::int64_t measurement = task.first_measurement_index + batch.first_measurement +
                                   (piece.begin + bad[0].item<std::int64_t>()) / batch.n_samples;
  const char* cure = "more steps";
  if (task.options.method == Method::rk45) cure = "smaller tolerances";
  if (task.options.method == Method::angle_adaptive)
    cure = "another sampling.method, e.g. heun, or train longer";
  throw SamplingFailure("sampler: a sample of measurement " + std::to_string(measurement + 1) +
                        " is not finite: the network or the integration overflowed; take " + cure);
}

/// Samples of some rows, [rows, dimension], float32, physical units.
torch::Tensor draw(const Task& task, const ConditionedModel& measurements, const Batch& batch,
                   const Piece& piece, SamplerStatistics& statistics) {
  const auto conditioned = measurements.select(rows_of(task, piece).div(batch.n_samples, "floor"));
  const torch::Tensor normals = normals_of(task, batch, piece, {task.seed, Stream::initial_state});
  const Increments increments = [&](int step) {
    return normals_of(task, batch, piece,
                      {task.seed, Stream::brownian_increment, static_cast<std::uint32_t>(step)});
  };
  const torch::Tensor state =
      integrate_reverse(*conditioned, task.model.process(), normals, task.options, increments, statistics);
  require_finite(task, batch, piece, state);
  return conditioned->to_physical(state).to(torch::kFloat32);
}

/// All samples of a batch, [measurements, samples, dimension]. Each thread takes pieces of it from the first
/// normal to the last sample; a single piece, or a network on another device, gets all threads.
torch::Tensor draw(const Task& task, const ConditionedModel& measurements, const Batch& batch,
                   SamplerStatistics& statistics) {
  const std::int64_t dimension = task.model.n_inferred();
  const std::int64_t piece_rows = task.model.device().is_cpu() ? kPieceRows : batch.rows();
  const std::int64_t n_pieces = (batch.rows() + piece_rows - 1) / piece_rows;
  torch::Tensor samples = torch::empty({batch.rows(), dimension}, torch::kFloat32);
  for_each_index(n_pieces, at::get_num_threads(), [&](std::int64_t i) {
    const torch::NoGradGuard no_grad;  // is a thread's own
    SamplerStatistics counts;
    const Piece piece{i * piece_rows, std::min((i + 1) * piece_rows, batch.rows())};
    samples.narrow(0, piece.begin, piece.end - piece.begin)
        .copy_(draw(task, measurements, batch, piece, counts));
#pragma omp critical(scorefem_sampler_statistics)
    statistics += counts;
  });
  return samples.view({batch.n_measurements, batch.n_samples, dimension});
}

Measurements some_of(const Measurements& measurements, std::int64_t first, std::int64_t n) {
  return {measurements.values.narrow(0, first, n), measurements.mask.narrow(0, first, n),
          measurements.noise_std.narrow(0, first, n)};
}

/// What Precision::automatic is: the precision in which the first samples are drawn faster, best of a few
/// times each in turn. Too few samples are not worth the time.
ChosenPrecision choose_precision(const Task& task, const Measurements& measurements, std::int64_t n_samples) {
  using Clock = std::chrono::steady_clock;
  constexpr std::int64_t kPieces = 4;  // of each thread
  constexpr int kTimes = 3;            // the first warms up
  const std::int64_t rows = kPieces * kPieceRows * at::get_num_threads();
  const bool can =
      task.model.options().layers == Layers::plain && (!task.model.device().is_cpu() || has_bfloat16());
  if (!can || measurements.size() * n_samples < 20 * rows) return {};
  const std::int64_t n = std::min(n_samples, rows);
  const Batch batch{0, std::min(measurements.size(), std::max<std::int64_t>(rows / n, 1)), 0, n};
  const Measurements first = some_of(measurements, 0, batch.n_measurements);
  constexpr std::array<Precision, 2> kBoth{Precision::float32, Precision::bfloat16};
  std::array<double, 2> seconds{HUGE_VAL, HUGE_VAL};
  for (int time = 0; time < kTimes; ++time) {
    for (std::size_t k = 0; k < kBoth.size(); ++k) {
      const auto conditioned =
          task.model.condition(first, torch::arange(batch.n_measurements, torch::kInt64), kBoth[k]);
      SamplerStatistics unused;
      const auto begin = Clock::now();
      draw(task, *conditioned, batch, unused);
      const std::chrono::duration<double> taken = Clock::now() - begin;
      if (time > 0) seconds[k] = std::min(seconds[k], taken.count());
    }
  }
  const double speedup = seconds[0] / seconds[1];
  return {speedup > 1 ? Precision::bfloat16 : Precision::float32, speedup};
}

}  // namespace

SamplerStatistics sample_posterior(const Model& model, const Measurements& measurements,
                                   std::int64_t n_samples, const SamplerOptions& options, std::uint64_t seed,
                                   std::int64_t first_measurement_index, const SampleSink& sink,
                                   const SamplingProgress& progress) {
  options.validate_for(model.process(), model.options().network);
  model.check(measurements);
  require(n_samples >= 1 && n_samples < (std::int64_t{1} << 32), "sampler: n_samples", n_samples,
          "1 to 2^32 - 1");
  require(first_measurement_index >= 0, "sampler: first_measurement_index", first_measurement_index, ">= 0");
  set_threads(options.threads);
  const torch::NoGradGuard no_grad;
  const SamplerOptions resolved = options.resolved_for(model.process(), model.options().network);
  const Task task{model, resolved, seed, first_measurement_index};
  const BatchSize size = batch_size(model, n_samples, options);
  const std::int64_t total = measurements.size() * n_samples;

  SamplerStatistics statistics;
  Precision precision = options.precision;
  if (precision == Precision::automatic) {
    statistics.chosen = choose_precision(task, measurements, n_samples);
    precision = statistics.chosen.precision;
  }
  std::int64_t done = 0;
  for (std::int64_t i = 0; i < measurements.size(); i += size.measurements) {
    const std::int64_t n_measurements = std::min(size.measurements, measurements.size() - i);
    const auto conditioned = model.condition(some_of(measurements, i, n_measurements),
                                             torch::arange(n_measurements, torch::kInt64), precision);
    for (std::int64_t j = 0; j < n_samples; j += size.samples) {
      const Batch batch{i, n_measurements, j, std::min(size.samples, n_samples - j)};
      sink(i, j, draw(task, *conditioned, batch, statistics));
      done += batch.rows();
      if (progress) progress(done, total);
    }
  }
  return statistics;
}

}  // namespace scorefem::diffusion
