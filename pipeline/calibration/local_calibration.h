#pragma once

#include "pipeline/calibration/answer_measures.h"

namespace scorefem::calibration {

/// Whether a posterior is off for a given measurement, which averages over measurements hide.
struct LocalCalibration {
  solver::Vector statistic;  //!< [n] mean square of the classifier's score; NaN where there is no answer
  solver::Vector p_value;    //!< [n] at least 1 / (kPermutations + 1); NaN where there is no answer
};
constexpr int kPermutations = 199;

/// Local classifier two-sample test (Linhart, Gramfort and Rodrigues, NeurIPS 2023): a classifier learns from
/// all measurements to tell the truth from one posterior draw, given the measurement; its scores at draws for
/// one measurement say whether it could there. The null distribution is that of classifiers whose labels are
/// swapped within pairs at random, which is exact. The classifier is a ridge regression on the unknowns in
/// units of their posterior, their squares, and the products of these with the measurement's three leading
/// principal components: it sees shifts and widths that depend on the measurement, not shapes.
///
/// All p-values come from one classifier and so are small, or not, together. Of at most 2,000 measurements;
/// the others are NaN. Memory: that of the features, 8 d numbers for each measurement, and of a matrix of
/// min(n, 8 d)^2; d unknowns.
/// @param answer with three samples at least for each measurement that it has, the same each time it is asked
LocalCalibration local_calibration(const Answer& answer, const TestCases& cases);

}  // namespace scorefem::calibration
