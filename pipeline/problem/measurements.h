#pragma once

#include <vector>

#include "solver/matrix.h"

namespace scorefem::problem {

/// Whether an observation is there [n, n_observations].
using Mask = Eigen::Array<bool, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Measurements of which the same observations are there.
struct MaskGroup {
  std::vector<Eigen::Index> there;  //!< observations, ascending
  std::vector<Eigen::Index> rows;   //!< measurements, ascending
};

/// Measurements, one a row, and which of their observations are there.
class Measurements {
 public:
  Measurements() = default;
  /// All observations are there.
  /// @param values [n, n_observations]
  explicit Measurements(solver::Matrix values);
  /// @param values [n, n_observations], of any value where an observation is missing
  /// @param there [n, n_observations]
  Measurements(solver::Matrix values, Mask there);

  /// From what files and JSON hold: NaN where an observation is missing.
  static Measurements from_nan(solver::Matrix values);
  /// The other way round, with one NaN for all.
  solver::Matrix to_nan() const;

  /// [n, n_observations], 0 where an observation is missing.
  const solver::Matrix& values() const { return values_; }
  const Mask& there() const { return there_; }
  Eigen::Index rows() const { return values_.rows(); }
  Eigen::Index columns() const { return values_.cols(); }
  /// Number of observations of a measurement that are there.
  Eigen::Index n_there(Eigen::Index row) const { return there_.row(row).count(); }
  bool all_there() const { return there_.all(); }

  Measurements row(Eigen::Index row) const { return rows(row, 1); }
  /// Some rows, in this order; repetitions are allowed.
  Measurements rows(const std::vector<Eigen::Index>& list) const;
  Measurements rows(Eigen::Index first, Eigen::Index n) const;
  Measurements columns(Eigen::Index first, Eigen::Index n) const;
  /// Each row so many times, one after the other.
  Measurements repeated(Eigen::Index times) const;
  /// All rows, in the order of the first of each group: for what rows with the same observations share.
  std::vector<MaskGroup> groups() const;

 private:
  solver::Matrix values_;
  Mask there_;
};

}  // namespace scorefem::problem
