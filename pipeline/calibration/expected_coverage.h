#pragma once

#include "pipeline/calibration/rank_counts.h"

namespace scorefem::calibration {

/// Share of truths inside the central credible intervals of the samples, over all quantities and
/// measurements.
struct ExpectedCoverage {
  solver::Vector
      level;  //!< [n_levels] ascending, from 1/20 to 19/20, and a Gaussian's shares at one and two sd
  solver::Vector share;  //!< [n_levels]; under calibration the level
  solver::Vector low;    //!< [n_levels] of the share's band under calibration, at each level by itself
  solver::Vector high;
  double tail = 0;  //!< probability beyond each end of the band
  int n_measurements = 0;

  /// Position of the interval that a Gaussian has within so many standard deviations, 1 or 2.
  Eigen::Index at_standard_deviations(int n) const;
};

/// The band comes from the stand-ins: quantities of one measurement are correlated, and a binomial band over
/// all of them would be too narrow.
/// @param level of the band's test, two-sided
ExpectedCoverage expected_coverage(const RankCounts& counts, double level);

}  // namespace scorefem::calibration
