#pragma once

#include <nlohmann/json_fwd.hpp>

#include "pipeline/calibration/answer_measures.h"
#include "pipeline/clipped_gaussian.h"
#include "pipeline/exact_answer.h"

namespace scorefem {

/// The three answers and their measures, for the same measurements.
struct Answers {
  const Answer& learnt;
  const AnswerMeasures& learnt_measures;
  const ExactAnswer& exact;
  const AnswerMeasures& exact_measures;
  const Answer& gaussian;
  const AnswerMeasures& gaussian_measures;
  const ClippedGaussian& gaussian_fit;  //!< coordinates of the classifier two-sample test
};

/// Each measure, means over segments and over the measurements that have an exact answer (all of them if none
/// has):
/// {"measurements": n, measure: {"learnt": ..., "exact": ..., "gaussian": ...}, ...}, null where unknown.
/// Those of calibration are over all measurements that the answer has.
/// @param mean_flux of the test set, > 0
nlohmann::json compare(const Answers& answers, const TestCases& cases, double mean_flux);

/// JSON has no NaN: unknown numbers are null.
nlohmann::json json_number(double value);

}  // namespace scorefem
