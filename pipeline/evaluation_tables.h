#pragma once

#include <string>
#include <vector>

#include "pipeline/calibration/answer_measures.h"
#include "solver/matrix.h"

namespace scorefem {

/// Numbers with named columns, for a CSV file.
struct NamedColumns {
  std::vector<std::string> names;
  solver::Matrix values;  //!< [n_rows, names]

  void add(const std::string& name, const solver::Vector& column);
  /// Header and rows, ten digits.
  /// @param label_header,labels a text before the header and one before each row; none if empty
  std::string csv(const std::string& label_header = "", const std::vector<std::string>& labels = {}) const;
};

/// An answer's moments and scores for some of the measurements.
struct TableAnswer {
  const PosteriorMoments& moments;
  const AnswerMeasures& measures;
  const std::vector<Eigen::Index>& measurements;
};

/// "lower,1", ..., "upper,1", ...
std::vector<std::string> segment_labels(Eigen::Index n_segments, Eigen::Index segments_per_wall);

/// metrics.csv after wall and segment: a row for each segment, means over each answer's measurements.
NamedColumns metrics_table(const TableAnswer& learnt, const TableAnswer& exact, const TableAnswer& gaussian,
                           const TestCases& cases, const solver::Vector& prior_std, double mean_flux);

/// by_sensors.csv: the same measures, means over segments, for groups of measurements by the number of
/// sensors on. The groups are quarters, but for ties; with as many sensors on everywhere there is one.
NamedColumns sensors_table(const TableAnswer& learnt, const TableAnswer& exact, const TableAnswer& gaussian,
                           const TestCases& cases, double mean_flux);

/// coverage.csv: share of truths in central intervals by their level, with the learnt posterior's band.
NamedColumns coverage_table(const AnswerMeasures& learnt, const AnswerMeasures& exact,
                            const AnswerMeasures& gaussian);

/// calibration.csv: empirical distribution function of ranks minus the uniform one, of the learnt posterior:
/// each segment (lower_1, ..., upper_1, ...), tarp, predictive, each kind with its band (low, high).
NamedColumns ranks_table(const Calibration& calibration, Eigen::Index segments_per_wall);

}  // namespace scorefem
