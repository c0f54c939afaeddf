#pragma once

#include "solver/matrix.h"

namespace scorefem::certificate {

/// A posterior in a few numbers for each unknown, [n_unknowns] each.
struct AnswerSummary {
  solver::Vector mean;
  solver::Vector standard_deviation;
  solver::Vector lower;  //!< 5 % quantile
  solver::Vector upper;  //!< 95 % quantile

  /// @param samples [n, n_unknowns], n >= 2
  static AnswerSummary of(const solver::Matrix& samples);
};

/// How far an answer is from another one that is exact.
struct AnswerDistance {
  solver::Vector mean;   //!< difference of the means in the exact standard deviations [n_unknowns]
  solver::Vector ratio;  //!< of the standard deviations, answer over exact [n_unknowns]
};
/// Unknowns that do not vary in the exact answer: 0 and 1 if they do not in the other one either.
AnswerDistance distance(const AnswerSummary& answer, const AnswerSummary& exact);

}  // namespace scorefem::certificate
