#include "pipeline/reference_sampler.h"

#include <algorithm>
#include <cmath>

#include "diffusion/counter_random.h"
#include "pipeline/elliptical_slice.h"
#include "pipeline/mcmc_diagnostics.h"
#include "pipeline/posterior_approximation.h"

namespace scorefem {
namespace {

using Eigen::Index;
using solver::Matrix;
using solver::Vector;

/// Tails heavy enough for what the approximation misses, light enough for a base close to a Gaussian target.
constexpr int kDegreesOfFreedom = 10;

/// One measurement under way.
struct Task {
  Vector measurement;
  std::uint64_t first_chain;
  GaussianApproximation base;
  Matrix state;  // [n_chains, dimension]
  ReferencePosterior result;
  bool done = false;
};

/// Starts are spread like the base's Student t.
Matrix starts(const GaussianApproximation& base, std::uint64_t seed, std::uint64_t first_chain,
              Index n_chains) {
  const Index dimension = base.mean.size();
  Matrix w(n_chains, dimension);
  Vector normals(dimension + kDegreesOfFreedom);
  for (Index c = 0; c < n_chains; ++c) {
    const diffusion::CounterRandom random(seed, diffusion::Stream::chain_start);
    random.normals(first_chain + static_cast<std::uint64_t>(c), normals.data(), normals.size());
    const double scale = std::sqrt(kDegreesOfFreedom / normals.tail(kDegreesOfFreedom).squaredNorm());
    w.row(c) = scale * normals.head(dimension);
  }
  return base.from_standard(w);
}

/// `n_samples` rows at equal distances in the chains laid end to end.
Matrix thinned(const std::vector<Matrix>& chains, Index n_samples) {
  const Index n = chains[0].rows();
  const double stride =
      static_cast<double>(n * static_cast<Index>(chains.size())) / static_cast<double>(n_samples);
  Matrix kept(n_samples, chains[0].cols());
  for (Index i = 0; i < n_samples; ++i) {
    const auto at = static_cast<Index>((static_cast<double>(i) + 0.5) * stride);
    kept.row(i) = chains[static_cast<std::size_t>(at / n)].row(at % n);
  }
  return kept;
}

/// Moments and diagnostics of a round.
/// @param draws coordinates u, for each chain [n_iterations, dimension]
void summarise(const LatentPosterior& posterior, const std::vector<Matrix>& draws,
               const ReferenceOptions& options, ReferencePosterior& result) {
  std::vector<Matrix> latent;
  std::vector<Matrix> flux;
  for (const Matrix& chain : draws) {
    latent.push_back(posterior.latent_flux(chain));
    flux.push_back(posterior.flux(latent.back()));
  }
  const Index n_segments = latent[0].cols();
  const Index n_iterations = latent[0].rows();
  const auto n_chains = static_cast<Index>(latent.size());
  for (Vector* values :
       {&result.mean, &result.standard_deviation, &result.rhat, &result.ess_bulk, &result.ess_tail}) {
    values->resize(n_segments);
  }
  Eigen::MatrixXd chains(n_iterations, n_chains);
  for (Index j = 0; j < n_segments; ++j) {
    for (Index c = 0; c < n_chains; ++c) chains.col(c) = flux[c].col(j);
    const double n = static_cast<double>(chains.size());
    result.mean(j) = chains.mean();
    result.standard_deviation(j) = std::sqrt((chains.array() - chains.mean()).square().sum() / (n - 1));
    for (Index c = 0; c < n_chains; ++c) chains.col(c) = latent[c].col(j);
    const ChainDiagnostics diagnostics = diagnose_chains(chains);
    result.rhat(j) = diagnostics.rhat;
    result.ess_bulk(j) = diagnostics.ess_bulk;
    result.ess_tail(j) = diagnostics.ess_tail;
  }
  result.samples = thinned(flux, options.samples);
  result.iterations = n_iterations;
  result.converged = result.rhat.maxCoeff() <= options.rhat && result.ess_bulk.minCoeff() >= options.ess &&
                     result.ess_tail.minCoeff() >= options.ess;
}

/// Runs the chains of all tasks and returns each task's draws, in the coordinates u of the posterior.
std::vector<std::vector<Matrix>> run_round(const LatentPosterior& posterior, std::vector<Task*>& tasks,
                                           std::uint64_t seed, std::uint64_t iteration, Index n_iterations) {
  const Index n_chains = tasks[0]->state.rows();
  ChainStates chains;
  chains.iteration = iteration;
  chains.state.resize(n_chains * static_cast<Index>(tasks.size()), posterior.dimension());
  for (std::size_t t = 0; t < tasks.size(); ++t) {
    chains.state.middleRows(static_cast<Index>(t) * n_chains, n_chains) =
        tasks[t]->base.to_standard(tasks[t]->state);
    for (Index c = 0; c < n_chains; ++c) {
      chains.number.push_back(tasks[t]->first_chain + static_cast<std::uint64_t>(c));
    }
  }
  const auto log_density = [&](const Matrix& w, const std::vector<Index>& chain) {
    Matrix u(w.rows(), w.cols());
    Matrix measurement(w.rows(), tasks[0]->measurement.size());
    for (Index i = 0; i < w.rows(); ++i) {
      const Task& task = *tasks[static_cast<std::size_t>(chain[i] / n_chains)];
      u.row(i) = task.base.mean + task.base.root * w.row(i).transpose();
      measurement.row(i) = task.measurement;
    }
    return posterior.log_density(u, measurement);
  };
  ChainDraws visited =
      elliptical_slice(log_density, EllipseBase{kDegreesOfFreedom}, seed, chains, n_iterations);
  std::vector<std::vector<Matrix>> draws(tasks.size());
  for (std::size_t t = 0; t < tasks.size(); ++t) {
    Task& task = *tasks[t];
    for (Index c = 0; c < n_chains; ++c) {
      const std::size_t chain = t * static_cast<std::size_t>(n_chains) + static_cast<std::size_t>(c);
      draws[t].push_back(task.base.from_standard(visited.draws[chain]));
      visited.draws[chain].resize(0, 0);
      task.state.row(c) = draws[t].back().row(n_iterations - 1);
      task.result.evaluations += visited.evaluations[chain];
      task.result.failed_solves += visited.failures[chain];
    }
  }
  return draws;
}

/// Warm-up in rounds of growing length, which end with a base that has the posterior's moments.
std::vector<Index> warmup_rounds(Index n_iterations) {
  const Index n = std::max<Index>(n_iterations / 10, 1);
  return {n, 3 * n, n_iterations - 4 * n};
}

}  // namespace

std::vector<ReferencePosterior> sample_references(const LatentPosterior& posterior, const Matrix& measurement,
                                                  std::uint64_t first, const ReferenceOptions& options,
                                                  std::uint64_t seed) {
  std::vector<Task> tasks(static_cast<std::size_t>(measurement.rows()));
  std::vector<Task*> active;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    Task& task = tasks[i];
    task.measurement = measurement.row(static_cast<Index>(i));
    task.first_chain = (first + i) * static_cast<std::uint64_t>(options.chains);
    task.base = laplace_approximation(posterior, task.measurement);
    task.state = starts(task.base, seed, task.first_chain, options.chains);
    active.push_back(&task);
  }
  std::uint64_t iteration = 0;
  const auto next_round = [&](Index n_iterations) {
    auto draws = run_round(posterior, active, seed, iteration, n_iterations);
    iteration += static_cast<std::uint64_t>(n_iterations);
    for (std::size_t t = 0; t < active.size(); ++t) active[t]->base = gaussian_fit(draws[t]);
    return draws;
  };
  for (const Index n : warmup_rounds(options.warmup)) next_round(n);
  for (Index n = options.iterations; !active.empty(); n *= 2) {
    const auto draws = next_round(n);
    std::vector<Task*> left;
    for (std::size_t t = 0; t < active.size(); ++t) {
      summarise(posterior, draws[t], options, active[t]->result);
      if (!active[t]->result.converged && 2 * n <= options.max_iterations) left.push_back(active[t]);
    }
    active = std::move(left);
  }
  std::vector<ReferencePosterior> results;
  for (Task& task : tasks) results.push_back(std::move(task.result));
  return results;
}

}  // namespace scorefem
