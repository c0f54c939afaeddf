#pragma once

#include "solver/matrix.h"

namespace scorefem::posterior {

/// Sizes (squared distances, >= 0) of training measurements that took no part in what the size is measured
/// by. A new measurement that is a right one is then exchangeable with them, whatever mean and covariance are
/// worth: its p-value by rank is at most p with probability p at most, for any number of pairs and of
/// observations (split conformal prediction; Vovk, Gammerman & Shafer, Algorithmic Learning in a Random
/// World, 2005; Lei et al., JASA 113, 2018). That is on average over the held-out sizes: those of one file
/// have a level of their own, with a relative standard deviation of 1 / sqrt(p (n + 1)).
class HeldOutSizes {
 public:
  HeldOutSizes() = default;
  /// @param sizes of at least one measurement, in any order
  explicit HeldOutSizes(solver::Vector sizes);

  bool empty() const { return sizes_.size() == 0; }
  double mean() const { return sizes_.mean(); }
  /// Share of right measurements of at least this size, (1 + rank) / (n + 1). Beyond all of them it falls
  /// as 1 / size: too slowly, not too fast, for sizes that have a mean.
  /// @param size infinite where it is not known
  double share_above(double size) const;
  /// Of at most this size. Below all of them it falls as the square root of size: as for one Gaussian
  /// direction, and too slowly for more.
  double share_below(double size) const;
  /// min(1, twice the smaller share); 0 of what is not a number.
  double two_sided(double size) const;

 private:
  solver::Vector sizes_;  // ascending
};

}  // namespace scorefem::posterior
