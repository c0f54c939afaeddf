#pragma once

#include <string>
#include <vector>

#include "pipeline/calibration/answer_measures.h"
#include "pipeline/problem/layout.h"
#include "pipeline/report/equal_draws.h"
#include "pipeline/report/unknown_scales.h"
#include "solver/matrix.h"

namespace scorefem::report {

/// Numbers with named columns, for a CSV file.
struct NamedColumns {
  std::vector<std::string> names;
  solver::Matrix values;  //!< [n_rows, names]

  void add(const std::string& name, const solver::Vector& column);
  /// @param name one of names
  solver::Vector column(const std::string& name) const;
  /// Header and rows, ten digits.
  /// @param label_header,labels a text before the header and one before each row; none if empty
  std::string csv(const std::string& label_header = "", const std::vector<std::string>& labels = {}) const;
};

/// What the tables show of an answer, for those measurements that its measures are of.
struct TableAnswer {
  const base::PosteriorMoments& moments;
  const calibration::AnswerMeasures& measures;
  const solver::Vector& transport;    //!< [n] sliced transport to exact samples; NaN where it is not known
  const EqualDraws* draws = nullptr;  //!< beside the exact answer; null for the exact one itself
};

/// "GROUP,NAME" of each unknown.
std::vector<std::string> unknown_labels(const problem::Layout& unknowns);

/// metrics.csv after group and name, a row for each unknown, means over each
/// answer's measurements.
NamedColumns metrics_table(const TableAnswer& learnt, const TableAnswer& exact, const TableAnswer& gaussian,
                           const calibration::TestCases& cases, const solver::Vector& prior_std,
                           const UnknownScales& scales);

/// Means of the columns of metrics_table() over the unknowns, [columns]: of those with the unknowns' unit in
/// that of the scales.
solver::Vector means_over_unknowns(const NamedColumns& metrics, const UnknownScales& scales);

/// by_sensors.csv: the same measures with energy score, sliced transport (of the exact answer: its floor) and
/// the differences, means over unknowns, for groups of measurements by the number of observations. The groups
/// are quarters of the learnt answer's measurements, but for ties; with as many observations everywhere there
/// is one.
NamedColumns sensors_table(const TableAnswer& learnt, const TableAnswer& exact, const TableAnswer& gaussian,
                           const calibration::TestCases& cases, const UnknownScales& scales);

/// coverage.csv: share of truths in central intervals by their level, with the bands of the learnt and the
/// exact answer, each over its own measurements.
NamedColumns coverage_table(const calibration::AnswerMeasures& learnt,
                            const calibration::AnswerMeasures& exact,
                            const calibration::AnswerMeasures& gaussian);

/// calibration.csv: empirical distribution function of ranks minus the uniform one, of the learnt posterior:
/// each unknown by its name, tarp, predictive, each kind with its band (low, high).
NamedColumns ranks_table(const calibration::Calibration& calibration, const problem::Layout& unknowns);

}  // namespace scorefem::report
