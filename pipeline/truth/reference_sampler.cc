#include "pipeline/truth/reference_sampler.h"

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "diffusion/numerics/counter_random.h"
#include "diffusion/numerics/team.h"
#include "pipeline/base/streams.h"
#include "pipeline/truth/elliptical_slice.h"
#include "pipeline/truth/mcmc_diagnostics.h"
#include "pipeline/truth/posterior_approximation.h"

namespace scorefem::truth {
namespace {

using Eigen::Index;
using solver::Matrix;
using solver::Vector;

/// Tails heavy enough for what the approximation misses, light enough for a base close to a Gaussian target.
constexpr int kDegreesOfFreedom = 10;

/// Chains under way: eight batches of the reaction problem's solver.
constexpr Index kChains = 256;
/// Chains have not met where R-hat is greater than this: the approximation that they move about is adapted.
constexpr double kMixedRhat = 1.1;
/// Draws that are kept of each chain, in first rounds: beyond that every other one is dropped.
constexpr Index kKeptRounds = 4;

/// Starts are spread like the base's Student t.
Matrix starts(const GaussianApproximation& base, std::uint64_t seed, std::uint64_t first_chain,
              Index n_chains) {
  const Index dimension = base.mean.size();
  Matrix w(n_chains, dimension);
  Vector normals(dimension + kDegreesOfFreedom);
  for (Index c = 0; c < n_chains; ++c) {
    const diffusion::CounterRandom random(seed, base::streams::chain_start);
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

/// Moments and diagnostics of the draws so far.
/// @param draws coordinates u, for each chain [n_iterations, dimension]
void summarise(const LatentPosterior& posterior, const std::vector<Matrix>& draws,
               const study::ReferenceOptions& options, ReferencePosterior& result) {
  std::vector<Matrix> latent;
  std::vector<Matrix> unknowns;
  for (const Matrix& chain : draws) {
    latent.push_back(posterior.latent(chain));
    unknowns.push_back(posterior.unknowns(latent.back()));
  }
  const Index n_unknowns = latent[0].cols();
  const Index n_iterations = latent[0].rows();
  const auto n_chains = static_cast<Index>(latent.size());
  for (Vector* values :
       {&result.mean, &result.standard_deviation, &result.rhat, &result.ess_bulk, &result.ess_tail}) {
    values->resize(n_unknowns);
  }
  diffusion::for_each_index(n_unknowns, omp_get_max_threads(), [&](Index j) {
    Eigen::MatrixXd chains(n_iterations, n_chains);
    for (Index c = 0; c < n_chains; ++c) chains.col(c) = unknowns[c].col(j);
    const double n = static_cast<double>(chains.size());
    result.mean(j) = chains.mean();
    result.standard_deviation(j) = std::sqrt((chains.array() - chains.mean()).square().sum() / (n - 1));
    for (Index c = 0; c < n_chains; ++c) chains.col(c) = latent[c].col(j);
    const ChainDiagnostics diagnostics = diagnose_chains(chains);
    result.rhat(j) = diagnostics.rhat;
    result.ess_bulk(j) = diagnostics.ess_bulk;
    result.ess_tail(j) = diagnostics.ess_tail;
  });
  result.samples = thinned(unknowns, options.samples);
  result.converged = result.rhat.maxCoeff() <= options.rhat && result.ess_bulk.minCoeff() >= options.ess &&
                     result.ess_tail.minCoeff() >= options.ess;
}

/// Iterations after which the draws are looked at again.
Index next_look(Index n_iterations) {
  return n_iterations + n_iterations / 2;
}

/// Rounds of growing length, the last of which ends with an approximation that has the posterior's moments.
std::vector<Index> warmup_rounds(Index n_iterations) {
  const Index n = std::max<Index>(n_iterations / 10, 1);
  return {n, 3 * n, n_iterations - 4 * n};
}

/// One measurement under way: its chains and their draws.
class Task {
 public:
  Task(Index row, const LatentPosterior& posterior, GaussianApproximation base,
       const study::ReferenceOptions& options, std::uint64_t seed)
      : row_(row),
        posterior_(posterior),
        base_(std::move(base)),
        options_(options),
        seed_(seed),
        warmup_(warmup_rounds(options.warmup)) {
    begin(starts(base_, seed, first_chain(), options.chains), warmup_[0]);
  }

  Index row() const { return row_; }
  const ReferencePosterior& result() const { return result_; }

  Index n_chains() const { return static_cast<Index>(chains_.size()); }
  /// Whether the chain still has iterations of this round before it.
  bool moves(Index chain) const { return done_[chain] < round_end_; }
  /// Where the chain asks for the density, coordinates u [dimension].
  Vector point(Index chain) const { return base_.mean + base_.root * chains_[chain].point(); }
  void advance(Index chain, double log_density) {
    if (!chains_[chain].advance(log_density)) return;
    if (++done_[chain] % stride_ == 0) {
      draws_[chain].row(done_[chain] / stride_ - 1) = base_.mean + base_.root * chains_[chain].state();
    }
  }

  /// At the end of a round begins the next one; false if none is needed.
  bool go_on() {
    if (std::any_of(done_.begin(), done_.end(), [&](Index n) { return n < round_end_; })) return true;
    if (n_warmup_ < warmup_.size()) {
      ++n_warmup_;
      adapt(n_warmup_ < warmup_.size() ? warmup_[n_warmup_] : options_.iterations);
      return true;
    }
    summarise(posterior_, draws_, options_, result_);
    result_.iterations = round_end_;
    if (is_final(result_, options_)) {
      count_evaluations();
      return false;
    }
    const Index next = next_look(round_end_);
    if (result_.rhat.maxCoeff() > kMixedRhat) {
      adapt(next);
    } else {
      extend(next);
    }
    return true;
  }

 private:
  std::uint64_t first_chain() const {
    return static_cast<std::uint64_t>(row_) * static_cast<std::uint64_t>(options_.chains);
  }
  /// Chains without draws. @param state coordinates u [n_chains, dimension]
  void begin(const Matrix& state, Index round_end) {
    const Matrix w = base_.to_standard(state);
    chains_.clear();
    for (Index c = 0; c < w.rows(); ++c) {
      chains_.emplace_back(EllipseBase{kDegreesOfFreedom}, seed_,
                           first_chain() + static_cast<std::uint64_t>(c), iteration_, w.row(c));
    }
    draws_.assign(chains_.size(), Matrix(0, w.cols()));
    done_.assign(chains_.size(), 0);
    stride_ = 1;
    extend(round_end);
  }
  /// New chains from where the old ones are, about the moments of their draws.
  void adapt(Index round_end) {
    count_evaluations();
    iteration_ += static_cast<std::uint64_t>(round_end_);
    Matrix state(n_chains(), base_.mean.size());
    for (Index c = 0; c < n_chains(); ++c) state.row(c) = chains_[c].state();
    state = base_.from_standard(state);
    base_ = gaussian_fit(draws_, base_);
    begin(state, round_end);
  }
  /// Makes room for more draws.
  void extend(Index round_end) {
    round_end_ = round_end;
    while (round_end_ / stride_ > kKeptRounds * options_.iterations) {
      for (Matrix& draws : draws_) {
        draws = Matrix(draws(Eigen::seqN(1, draws.rows() / 2, 2), Eigen::all));
      }
      stride_ *= 2;
    }
    for (Matrix& draws : draws_) draws.conservativeResize(round_end_ / stride_, Eigen::NoChange);
  }
  void count_evaluations() {
    for (const SliceChain& chain : chains_) {
      result_.evaluations += chain.evaluations();
      result_.failed_solves += chain.failures();
    }
  }

  Index row_;
  const LatentPosterior& posterior_;
  GaussianApproximation base_;
  const study::ReferenceOptions& options_;
  std::uint64_t seed_;
  std::vector<Index> warmup_;    // lengths of its rounds
  std::size_t n_warmup_ = 0;     // rounds that are over
  std::uint64_t iteration_ = 0;  // before the chains began
  std::vector<SliceChain> chains_;
  std::vector<Matrix> draws_;  // coordinates u, for each chain [n_kept, dimension]
  std::vector<Index> done_;    // iterations of each chain
  Index stride_ = 1;           // iterations for one draw that is kept
  Index round_end_ = 0;        // iterations
  ReferencePosterior result_;
};

/// One step of all chains: their points in one batch.
void step(const LatentPosterior& posterior, const problem::Measurements& measurement,
          const std::vector<std::unique_ptr<Task>>& tasks) {
  std::vector<std::pair<Task*, Index>> moving;
  for (const auto& task : tasks) {
    for (Index c = 0; c < task->n_chains(); ++c) {
      if (task->moves(c)) moving.emplace_back(task.get(), c);
    }
  }
  const auto n = static_cast<Index>(moving.size());
  Matrix u(n, posterior.dimension());
  std::vector<Index> rows;  // of the measurements
  for (Index i = 0; i < n; ++i) {
    const auto& [task, chain] = moving[i];
    u.row(i) = task->point(chain);
    rows.push_back(task->row());
  }
  const Vector log_density = posterior.log_density(u, measurement.rows(rows));
  for (Index i = 0; i < n; ++i) moving[i].first->advance(moving[i].second, log_density(i));
}

}  // namespace

void sample_references(const LatentPosterior& posterior, const problem::Measurements& measurement,
                       const std::vector<Index>& rows, const study::ReferenceOptions& options,
                       std::uint64_t seed, const TakePosterior& take) {
  const auto n_places = static_cast<std::size_t>(std::max<Index>(kChains / options.chains, 1));
  std::vector<std::unique_ptr<Task>> tasks;
  auto waiting = rows.begin();
  while (true) {
    const auto n_new =
        std::min<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(n_places - tasks.size()), rows.end() - waiting);
    if (n_new > 0) {
      const std::vector<Index> newcomers(waiting, waiting + n_new);
      waiting += n_new;
      auto bases = laplace_approximations(posterior, measurement.rows(newcomers));
      for (std::size_t i = 0; i < newcomers.size(); ++i) {
        tasks.push_back(std::make_unique<Task>(newcomers[i], posterior, std::move(bases[i]), options, seed));
      }
    }
    if (tasks.empty()) return;
    step(posterior, measurement, tasks);
    const auto finished =
        std::stable_partition(tasks.begin(), tasks.end(), [](const auto& task) { return task->go_on(); });
    for (auto task = finished; task != tasks.end(); ++task) take((*task)->row(), (*task)->result());
    tasks.erase(finished, tasks.end());
  }
}

bool is_final(const ReferencePosterior& posterior, const study::ReferenceOptions& options) {
  return posterior.converged || next_look(posterior.iterations) > options.max_iterations;
}

}  // namespace scorefem::truth
