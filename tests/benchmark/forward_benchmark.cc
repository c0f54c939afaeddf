// Speed of the forward models on one thread (and the reaction problem on all): see
// scripts/benchmark_forward.py.
#include <benchmark/benchmark.h>
#include <omp.h>

#include <algorithm>
#include <cmath>

#include "../unit/solver/reference.h"
#include "solver/lane_kernels.h"
#include "solver/linear_model.h"
#include "solver/reaction_model.h"
#include "solver/runtime.h"

namespace scorefem::solver {
namespace {

/// Draws of the default prior from a fixed stream: a Gaussian process over the segments' midpoints, clipped
/// at 0.
Matrix prior_draws(Eigen::Index n) {
  const auto segments = flux_segments({});
  const auto n_segments = static_cast<Eigen::Index>(segments.size());
  Eigen::MatrixXd covariance(n_segments, n_segments);
  for (Eigen::Index i = 0; i < n_segments; ++i)
    for (Eigen::Index j = 0; j < n_segments; ++j)
      covariance(i, j) = std::exp(-(std::pow(segments[i].midpoint[0] - segments[j].midpoint[0], 2) +
                                    std::pow(segments[i].midpoint[1] - segments[j].midpoint[1], 2)) /
                                  8) +
                         (i == j ? 1e-9 : 0);
  const Eigen::MatrixXd root = covariance.llt().matrixL();
  std::uint64_t state = 1;
  const auto uniform = [&state] {  // a linear congruential generator is good enough to time a solver
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (static_cast<double>(state >> 11) + 0.5) / 9007199254740992.0;
  };
  Matrix flux(n, n_segments);
  for (Eigen::Index row = 0; row < n; ++row) {
    Vector z(n_segments);
    for (double& value : z) value = std::sqrt(-2 * std::log(uniform())) * std::cos(2 * M_PI * uniform());
    flux.row(row) = (root * z).array().transpose() + 2;
  }
  return flux.cwiseMax(0);
}

void linear_set_up(benchmark::State& state) {
  const auto sensors = reference_sensors();
  for (auto _ : state) {
    LinearModel model(ForwardOptions::defaults_for(Problem::linear), sensors);
    benchmark::DoNotOptimize(model.response().data());
  }
  const LinearModel model(ForwardOptions::defaults_for(Problem::linear), sensors);
  state.counters["sensor_error"] = largest_row_error(model.response(), read_reference("linear_response.csv"));
  state.counters["unknowns"] = static_cast<double>(model.n_unknowns());
}
BENCHMARK(linear_set_up)->Unit(benchmark::kMillisecond);

/// The paper's data set of the linear problem from nothing: set-up and 10,000 samples.
void linear_data_set(benchmark::State& state) {
  const auto sensors = reference_sensors();
  const Matrix flux = prior_draws(10000);
  for (auto _ : state) {
    LinearModel model(ForwardOptions::defaults_for(Problem::linear), sensors);
    benchmark::DoNotOptimize(model.observe(flux).concentration.data());
  }
  state.counters["samples"] = static_cast<double>(flux.rows());
}
BENCHMARK(linear_data_set)->Unit(benchmark::kMillisecond);

/// The argument is the number of threads.
void reaction_samples(benchmark::State& state) {
  omp_set_num_threads(static_cast<int>(state.range(0)));
  const auto sensors = reference_sensors();
  ReactionModel model(ForwardOptions::defaults_for(Problem::reaction), sensors);
  const Matrix error_flux = read_reference("reaction_flux.csv");
  state.counters["sensor_error"] =
      largest_row_error(model.observe(error_flux).concentration, read_reference("reaction_sensors.csv"));
  const Matrix flux = prior_draws(2000);
  const auto before = model.effort();
  for (auto _ : state) benchmark::DoNotOptimize(model.observe(flux).concentration.data());
  const auto after = model.effort();
  const auto n_samples = static_cast<double>(after.samples - before.samples);
  const auto n_iterations = static_cast<double>(after.iterations - before.iterations);
  state.counters["samples_per_second"] = benchmark::Counter(n_samples, benchmark::Counter::kIsRate);
  state.counters["iterations_per_sample"] = n_iterations / n_samples;
  state.counters["left_to_newton"] = static_cast<double>(after.newton_samples - before.newton_samples);
  state.counters["flops_per_second"] = benchmark::Counter(
      2 * n_iterations * model.multiplications_per_iteration(), benchmark::Counter::kIsRate);
}
BENCHMARK(reaction_samples)->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK(reaction_samples)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

/// What the arithmetic of this processor allows one thread: products of matrices that stay in its nearest
/// cache.
void peak_arithmetic(benchmark::State& state) {
  const int n = 32;
  const Matrix a = Matrix::Random(n, n) / n;
  const PanelMatrix panels(a);
  std::vector<int> columns(n);
  for (int i = 0; i < n; ++i) columns[i] = i;
  std::vector<Lanes> x(n), out(n);
  const LaneKernels& kernels = supported_lane_kernels().front();
  for (auto _ : state) {
    kernels.product(panels.data(), n, n, columns.data(), x.data(), out.data());
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  state.SetLabel(kernels.instruction_set);
  state.counters["flops_per_second"] = benchmark::Counter(
      2.0 * n * n * kLanes * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK(peak_arithmetic);

}  // namespace
}  // namespace scorefem::solver

int main(int argc, char** argv) {
  const scorefem::solver::Runtime runtime(argc, argv);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
