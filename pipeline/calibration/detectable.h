#pragma once

#include <limits>
#include <string>

#include "pipeline/calibration/expected_coverage.h"
#include "pipeline/calibration/simulation_based_calibration.h"

namespace scorefem::calibration {

/// The least miscalibration that a test rejects with even odds or better: by what factor the posterior
/// standard deviations of all unknowns may be too small and too large.
struct Detectable {
  double narrow = 0;                                      //!< < 1; 0 if none is
  double wide = std::numeric_limits<double>::infinity();  //!< > 1; infinite if none is

  /// Whether a posterior that is twice too wide or twice too narrow would be noticed.
  bool can_tell() const { return narrow >= 0.5 || wide <= 2; }
  /// "sd 12 % too small or 15 % too large"
  std::string text() const;
};

/// Share of truths whose uniform rank is below z if posteriors are Gaussian with `spread` times the right
/// standard deviation and have so many samples.
double expected_rank_share(double z, double spread, int n_samples);

/// Of the share of truths in central intervals. Nothing where the stand-ins are the truths themselves more
/// often than the band leaves out: the truths are then inside it, whatever they are.
/// @param at position of the level, see ExpectedCoverage
Detectable detectable(const ExpectedCoverage& coverage, Eigen::Index at, int n_samples);
/// Of the ranks of the truth in an unknown; nothing likewise.
Detectable detectable(const UniformityTest& test, int n_samples);

}  // namespace scorefem::calibration
