#pragma once

#include <nlohmann/json_fwd.hpp>

#include "pipeline/calibration/answer_measures.h"
#include "pipeline/report/equal_draws.h"
#include "pipeline/report/exact_answer.h"
#include "pipeline/report/unknown_scales.h"
#include "pipeline/truth/gaussian_answer.h"

namespace scorefem::report {

/// The three answers and their measures, for the same measurements: those that have an exact answer, all of
/// them if none has.
struct Answers {
  const calibration::Answer& learnt;
  const calibration::AnswerMeasures& learnt_measures;
  const ExactAnswer& exact;
  const calibration::AnswerMeasures& exact_measures;
  const calibration::Answer& gaussian;
  const calibration::AnswerMeasures& gaussian_measures;
  const truth::GaussianAnswer& gaussian_fit;  //!< coordinates of the classifier two-sample test
};

/// Sliced transport to exact samples, in standard deviations of the prior, for the first measurements [n];
/// NaN where it is not known. Between halves of the samples, so that the floor, of one half of the exact ones
/// to the other, has the same size.
struct TransportCosts {
  solver::Vector learnt, floor, gaussian;
};
TransportCosts transport_costs(const Answers& answers, const calibration::TestCases& cases);

/// Each measure, means over unknowns and measurements:
/// {"measurements": n, measure: {"learnt": ..., "exact": ..., "gaussian": ...}, ...}, null where unknown.
/// @param learnt_draws,gaussian_draws each answer beside the exact one, which error_ratio and std_difference
/// compare
nlohmann::json compare(const Answers& answers, const calibration::TestCases& cases,
                       const TransportCosts& transport, const EqualDraws& learnt_draws,
                       const EqualDraws& gaussian_draws, const UnknownScales& scales);

/// JSON has no NaN: unknown numbers are null.
nlohmann::json json_number(double value);

}  // namespace scorefem::report
