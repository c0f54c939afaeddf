#pragma once

#include <vector>

#include "pipeline/truth/gaussian_posterior.h"
#include "solver/matrix.h"

namespace scorefem::calibration {

/// Per-segment measures of a posterior against the truth (paper, Figs. 9 and 11). [n_segments] each.
struct SegmentMetrics {
  solver::Vector relative_error;  //!< mean |posterior mean - truth| over the mean flux of the test set
  solver::Vector posterior_std;   //!< mean posterior standard deviation, flux
  solver::Vector coverage_1sd;    //!< share of truths within one posterior standard deviation of the mean
  solver::Vector coverage_2sd;    //!< the same for two
};

/// @param truth [n, n_segments]
/// @param mean_flux of the whole test set, > 0
SegmentMetrics segment_metrics(const truth::PosteriorMoments& posterior, const solver::Matrix& truth,
                               double mean_flux);

/// Mean and (unbiased) standard deviation of samples [n_samples, n_segments], as one row each.
truth::PosteriorMoments sample_moments(const solver::Matrix& samples);

/// Unbiased standard deviation of each column.
solver::Vector column_std(const solver::Matrix& values);

/// Mean of the values that are not NaN; NaN if all are.
double mean_of_known(const solver::Vector& values);

/// Mean over the segments of each measurement's |posterior mean - truth| / mean_flux, and its standard error
/// over measurements, which are independent.
struct MeanWithError {
  double mean;
  double standard_error;
};
MeanWithError mean_relative_error(const truth::PosteriorMoments& posterior, const solver::Matrix& truth,
                                  double mean_flux);

}  // namespace scorefem::calibration
