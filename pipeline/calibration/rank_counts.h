#pragma once

#include <cstdint>
#include <vector>

#include "diffusion/numerics/counter_random.h"
#include "solver/matrix.h"

namespace scorefem::calibration {

/// Where a truth lies among posterior samples, for several quantities. Under calibration, that is, if the
/// truth and the samples are drawn from one distribution, every row is uniform on (0, 1) and the rows are
/// exchangeable; columns may depend on each other.
/// @param values [n_samples + 1, n_quantities]; row 0 belongs to the truth
/// @param random,index of the measurement: ties are put in random order, and u = (rank + U) / (n_samples + 1)
/// with U uniform in (0, 1), so that u is continuous (randomised probability integral transform)
/// @return u [n_samples + 1, n_quantities]
/// @throws InputError for a NaN, which has no rank.
solver::Matrix uniform_ranks(const solver::Matrix& values, const diffusion::CounterRandom& random,
                             std::uint64_t index);

/// Histograms of uniform ranks over measurements: of the truths, and of `n_stand_ins` sets of posterior
/// samples that stand in for them, one drawn for each measurement from truth and samples together. Under
/// calibration the truths are one more such set, whatever the dependence between the quantities of one
/// measurement: a statistic of the truths compared with the same statistic of the sets is a Monte-Carlo test
/// of exact level (Barnard 1963; Besag and Clifford 1989).
class RankCounts {
 public:
  static constexpr int kStandIns = 1999;

  RankCounts(Eigen::Index n_quantities, std::uint64_t seed, int n_stand_ins = kStandIns);

  /// @param ranks of uniform_ranks()
  /// @param index of the measurement's random numbers
  void add(const solver::Matrix& ranks, std::uint64_t index);

  int n_measurements() const { return n_measurements_; }
  int n_quantities() const { return static_cast<int>(n_quantities_); }
  int n_stand_ins() const { return n_stand_ins_; }
  /// The inner edges of the bins, ascending, symmetric about 1/2: steps of 1/40, and where the central
  /// intervals of the shares that a Gaussian has within one and two standard deviations begin and end.
  static const std::vector<double>& edges();
  /// How many of the measurements' ranks of a quantity lie below each edge [n_edges].
  /// @param set 0: of the truths; 1, ..., n_stand_ins: of a set of stand-ins
  std::vector<int> below(int set, int quantity) const;

 private:
  std::size_t offset(int set, Eigen::Index quantity) const;

  Eigen::Index n_quantities_;
  int n_stand_ins_;
  int n_measurements_ = 0;
  diffusion::CounterRandom random_;
  std::vector<std::uint32_t> bins_;  // [set, quantity, bin]
};

}  // namespace scorefem::calibration
