#include "pipeline/truth/mcmc_diagnostics.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <unsupported/Eigen/FFT>
#include <unsupported/Eigen/SpecialFunctions>
#include <utility>
#include <vector>

#include "pipeline/base/order_statistics.h"

namespace scorefem::truth {
namespace {

using Eigen::ArrayXd;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Each chain as two; the middle of an odd number of iterations belongs to neither.
MatrixXd split(const MatrixXd& draws) {
  const Index half = draws.rows() / 2;
  MatrixXd halves(half, 2 * draws.cols());
  halves << draws.topRows(half), draws.bottomRows(half);
  return halves;
}

/// Normal scores of the ranks among all draws (Eq. 14); equal draws share their mean rank.
MatrixXd rank_normalised(const MatrixXd& draws) {
  const Index n = draws.size();
  std::vector<std::pair<double, Index>> sorted(static_cast<std::size_t>(n));  // value, place
  for (Index i = 0; i < n; ++i) sorted[i] = {draws.data()[i], i};
  std::sort(sorted.begin(), sorted.end());
  ArrayXd rank(n);
  for (Index begin = 0; begin < n;) {
    Index end = begin + 1;
    while (end < n && sorted[end].first == sorted[begin].first) ++end;
    for (Index i = begin; i < end; ++i) rank(sorted[i].second) = 0.5 * static_cast<double>(begin + 1 + end);
    begin = end;
  }
  const ArrayXd scores = ((rank - 0.375) / (static_cast<double>(n) + 0.25)).ndtri();
  return Eigen::Map<const MatrixXd>(scores.data(), draws.rows(), draws.cols());
}

double quantile(const MatrixXd& draws, double probability) {
  return base::quantile({draws.data(), draws.data() + draws.size()}, probability);
}

/// Variances of chains: W, the mean within a chain, and var+, the estimate of the target's (Eqs. 1 to 3).
struct Variances {
  double within;
  double target;
};
Variances variances(const MatrixXd& chains) {
  const auto n = static_cast<double>(chains.rows());
  const Eigen::RowVectorXd mean = chains.colwise().mean();
  const double within = (chains.rowwise() - mean).colwise().squaredNorm().mean() / (n - 1);
  const double between = (mean.array() - mean.mean()).square().sum() / static_cast<double>(chains.cols() - 1);
  return {within, (n - 1) / n * within + between};
}

bool constant(const MatrixXd& draws) {
  return (draws.array() == draws(0, 0)).all();
}

double rhat(const MatrixXd& chains) {
  const Variances variance = variances(chains);
  if (variance.within == 0) return std::numeric_limits<double>::infinity();  // chains stuck apart
  return std::sqrt(variance.target / variance.within);
}

/// Autocovariances of all lags, divided by n, averaged over the chains; by FFT.
VectorXd mean_autocovariance(const MatrixXd& chains) {
  const Index n = chains.rows();
  Index padded = 1;
  while (padded < 2 * n) padded *= 2;
  Eigen::FFT<double> fft;
  std::vector<double> signal(static_cast<std::size_t>(padded));
  std::vector<std::complex<double>> spectrum;
  std::vector<std::complex<double>> power(signal.size(), 0.0);
  for (Index c = 0; c < chains.cols(); ++c) {
    const double mean = chains.col(c).mean();
    std::fill(signal.begin(), signal.end(), 0.0);
    for (Index i = 0; i < n; ++i) signal[static_cast<std::size_t>(i)] = chains(i, c) - mean;
    fft.fwd(spectrum, signal);
    for (std::size_t i = 0; i < power.size(); ++i) power[i] += std::norm(spectrum[i]);
  }
  fft.inv(signal, power);
  return Eigen::Map<const VectorXd>(signal.data(), n) / static_cast<double>(n * chains.cols());
}

/// Eqs. 10 to 13, with Geyer's initial monotone sequence.
double effective_sample_size(const MatrixXd& chains) {
  const auto total = static_cast<double>(chains.size());
  if (constant(chains)) return total;
  const Index n = chains.rows();
  const Variances variance = variances(chains);
  const VectorXd covariance = mean_autocovariance(chains);
  const auto correlation = [&](Index lag) {
    return 1 - (variance.within - covariance(lag)) / variance.target;
  };
  // Sums of pairs of neighbours are positive and do not grow in a reversible chain: noise begins where they
  // do.
  double sum = 0;
  double last_pair = std::numeric_limits<double>::infinity();
  Index lag = 0;
  for (; lag + 1 < n; lag += 2) {
    const double pair = (lag == 0 ? 1 : correlation(lag)) + correlation(lag + 1);
    if (!(pair > 0)) break;
    last_pair = std::min(last_pair, pair);
    sum += last_pair;
  }
  // One more even lag if it is positive improves the estimate for antithetic chains.
  const double rest = lag + 1 < n && lag > 0 ? std::max(correlation(lag), 0.0) : 0;
  const double time = std::max(-1 + 2 * sum + rest, 1 / std::log10(total));
  return total / time;
}

/// Whether each draw is at most the quantile, as 0 or 1.
MatrixXd below_quantile(const MatrixXd& draws, double probability) {
  return (draws.array() <= quantile(draws, probability)).cast<double>();
}

}  // namespace

ChainDiagnostics diagnose_chains(const MatrixXd& draws) {
  // Comparisons with NaN are false, and would end the sums of correlations as if there were none.
  if (!draws.allFinite()) return {std::numeric_limits<double>::infinity(), 0, 0};
  const MatrixXd halves = split(draws);
  if (constant(halves)) {
    const auto n = static_cast<double>(halves.size());
    return {1, n, n};
  }
  const MatrixXd scores = rank_normalised(halves);
  const MatrixXd folded = (halves.array() - quantile(halves, 0.5)).abs();
  ChainDiagnostics diagnostics{rhat(scores), effective_sample_size(scores),
                               std::min(effective_sample_size(below_quantile(halves, 0.05)),
                                        effective_sample_size(below_quantile(halves, 0.95)))};
  if (!constant(folded)) diagnostics.rhat = std::max(diagnostics.rhat, rhat(rank_normalised(folded)));
  return diagnostics;
}

}  // namespace scorefem::truth
