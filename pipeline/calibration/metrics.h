#pragma once

#include <vector>

#include "pipeline/base/posterior_moments.h"
#include "solver/matrix.h"

namespace scorefem::calibration {

/// Measures of each unknown of a posterior against the truth (paper, Figs. 9 and 11). [n_unknowns] each.
struct UnknownMetrics {
  solver::Vector relative_error;  //!< mean |posterior mean - truth| over the mean size
  solver::Vector posterior_std;   //!< mean posterior standard deviation
  solver::Vector coverage_1sd;    //!< share of truths within one posterior standard deviation of the mean
  solver::Vector coverage_2sd;    //!< the same for two
};

/// @param truth [n, n_unknowns]
/// @param mean_size [n_unknowns] mean absolute value, in the test set, of the unknowns of an unknown's unit
UnknownMetrics unknown_metrics(const base::PosteriorMoments& posterior, const solver::Matrix& truth,
                               const solver::Vector& mean_size);

/// Mean and (unbiased) standard deviation of samples [n_samples, n_unknowns], as one row each.
base::PosteriorMoments sample_moments(const solver::Matrix& samples);

/// n of the samples, at equal distances.
solver::Matrix thinned(const solver::Matrix& samples, Eigen::Index n);

/// Each column of values [n, n_unknowns] in a unit of its own [n_unknowns].
solver::Matrix in_units(const solver::Matrix& values, const solver::Vector& unit);

/// Unbiased standard deviation of each column.
solver::Vector column_std(const solver::Matrix& values);

/// Mean of the values that are not NaN; NaN if all are.
double mean_of_known(const solver::Vector& values);

/// Mean over the unknowns of each measurement's |posterior mean - truth| / mean_size, and its standard error
/// over measurements, which are independent.
struct MeanWithError {
  double mean;
  double standard_error;
};
MeanWithError mean_relative_error(const base::PosteriorMoments& posterior, const solver::Matrix& truth,
                                  const solver::Vector& mean_size);

}  // namespace scorefem::calibration
