#pragma once

#include <vector>

#include "pipeline/calibration/answer_measures.h"
#include "pipeline/report/exact_answer.h"

namespace scorefem::report {

/// Moments of samples of two answers, as many of the one as of the other: the mean of n samples errs by more
/// than the posterior's own, by sqrt(1 + 1 / n) for a perfect answer, which must not count against it.
struct EqualDraws {
  base::PosteriorMoments one, exact;  //!< [n, n_unknowns]; NaN where an answer is not known
};
EqualDraws equal_draws(const calibration::Answer& one, const ExactAnswer& exact,
                       const calibration::TestCases& cases);

/// How an answer differs from the exact one over some measurements; NaN where that is not known.
struct Differences {
  solver::Vector error_ratio;     //!< [n_unknowns] of the errors of the posterior means
  solver::Vector std_difference;  //!< [n_unknowns] of the standard deviations, relative
  double mean_error_ratio;        //!< of the errors' means over unknowns
  double mean_std_difference;     //!< of the standard deviations' means over unknowns
};
/// @param truth [n, n_unknowns]
/// @param rows of the measurements; those without an exact answer do not count
/// @param unit [n_unknowns] of each unknown in the means over them
Differences differences(const EqualDraws& draws, const solver::Matrix& truth,
                        const std::vector<Eigen::Index>& rows, const solver::Vector& unit);

}  // namespace scorefem::report
