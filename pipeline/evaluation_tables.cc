#include "pipeline/evaluation_tables.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

#include "pipeline/calibration/predictive_check.h"
#include "pipeline/metrics.h"

namespace scorefem {
namespace {

using solver::Matrix;
using solver::Vector;
using Rows = std::vector<Eigen::Index>;

/// Those measures of an answer that have one value for each segment.
struct SegmentColumns {
  SegmentMetrics metrics;
  Vector crps;
};

SegmentColumns columns_of(const TableAnswer& answer, const Rows& rows, const TestCases& cases,
                          double mean_flux) {
  const Eigen::Index d = cases.truth.cols();
  const Vector unknown = Vector::Constant(d, NAN);
  if (rows.empty()) return {{unknown, unknown, unknown, unknown}, unknown};
  const PosteriorMoments moments{answer.moments.mean(rows, Eigen::all),
                                 answer.moments.standard_deviation(rows, Eigen::all)};
  return {segment_metrics(moments, cases.truth(rows, Eigen::all), mean_flux),
          answer.measures.crps(rows, Eigen::all).colwise().mean().transpose()};
}

/// Groups of measurements with similar numbers of sensors on: least and greatest number, both included.
std::vector<std::pair<Eigen::Index, Eigen::Index>> sensor_groups(std::vector<Eigen::Index> counts) {
  std::sort(counts.begin(), counts.end());
  std::set<Eigen::Index> ends{counts.back()};
  for (const std::size_t quarter : {1u, 2u, 3u}) ends.insert(counts[quarter * counts.size() / 4]);
  std::vector<std::pair<Eigen::Index, Eigen::Index>> groups;
  Eigen::Index begin = counts.front();
  for (const Eigen::Index end : ends) {
    groups.emplace_back(begin, end);
    begin = end + 1;
  }
  return groups;
}

}  // namespace

void NamedColumns::add(const std::string& name, const Vector& column) {
  names.push_back(name);
  values.conservativeResize(column.size(), values.cols() + 1);
  values.rightCols(1) = column;
}

std::string NamedColumns::csv(const std::string& label_header, const std::vector<std::string>& labels) const {
  std::ostringstream out;
  out.precision(10);
  const auto start = [&](const std::string& label) { return labels.empty() ? "" : label + ","; };
  out << start(label_header);
  for (std::size_t j = 0; j < names.size(); ++j) out << (j == 0 ? "" : ",") << names[j];
  out << '\n';
  for (Eigen::Index i = 0; i < values.rows(); ++i) {
    out << start(labels.empty() ? "" : labels[static_cast<std::size_t>(i)]);
    for (Eigen::Index j = 0; j < values.cols(); ++j) out << (j == 0 ? "" : ",") << values(i, j);
    out << '\n';
  }
  return out.str();
}

std::vector<std::string> segment_labels(Eigen::Index n_segments, Eigen::Index segments_per_wall) {
  std::vector<std::string> labels;
  for (Eigen::Index i = 0; i < n_segments; ++i) {
    labels.push_back((i < segments_per_wall ? "lower," : "upper,") +
                     std::to_string(i % segments_per_wall + 1));
  }
  return labels;
}

NamedColumns metrics_table(const TableAnswer& learnt, const TableAnswer& exact, const TableAnswer& gaussian,
                           const TestCases& cases, const Vector& prior_std, double mean_flux) {
  const auto columns = [&](const TableAnswer& answer) {
    return columns_of(answer, answer.measurements, cases, mean_flux);
  };
  const SegmentColumns l = columns(learnt), e = columns(exact), g = columns(gaussian);
  NamedColumns table;
  table.add("relative_error", l.metrics.relative_error);
  table.add("posterior_std", l.metrics.posterior_std);
  table.add("prior_std", prior_std);
  table.add("coverage_1sd", l.metrics.coverage_1sd);
  table.add("coverage_2sd", l.metrics.coverage_2sd);
  table.add("exact_relative_error", e.metrics.relative_error);
  table.add("exact_std", e.metrics.posterior_std);
  table.add("gaussian_relative_error", g.metrics.relative_error);
  table.add("gaussian_std", g.metrics.posterior_std);
  table.add("crps", l.crps);
  table.add("exact_crps", e.crps);
  table.add("gaussian_crps", g.crps);
  return table;
}

NamedColumns sensors_table(const TableAnswer& learnt, const TableAnswer& exact, const TableAnswer& gaussian,
                           const TestCases& cases, double mean_flux) {
  std::vector<Eigen::Index> counts;
  for (Eigen::Index i = 0; i < cases.measurement.rows(); ++i)
    counts.push_back(n_on(cases.measurement.row(i)));
  const auto groups = sensor_groups(counts);
  NamedColumns table{{"sensors_from", "sensors_to", "measurements"},
                     Matrix(static_cast<Eigen::Index>(groups.size()), 3)};
  const std::pair<std::string, const TableAnswer&> answers[] = {
      {"", learnt}, {"exact_", exact}, {"gaussian_", gaussian}};
  Matrix measures(table.values.rows(), 9);
  for (std::size_t k = 0; k < groups.size(); ++k) {
    const auto in_group = [&](Eigen::Index i) {
      const Eigen::Index count = counts[static_cast<std::size_t>(i)];
      return count >= groups[k].first && count <= groups[k].second;
    };
    const auto row = static_cast<Eigen::Index>(k);
    Eigen::Index column = 0;
    for (const auto& [prefix, answer] : answers) {
      Rows rows;
      std::copy_if(answer.measurements.begin(), answer.measurements.end(), std::back_inserter(rows),
                   in_group);
      const SegmentColumns columns = columns_of(answer, rows, cases, mean_flux);
      if (prefix.empty()) {
        table.values.row(row) << static_cast<double>(groups[k].first), static_cast<double>(groups[k].second),
            static_cast<double>(rows.size());
      }
      for (const Vector& values :
           {columns.metrics.relative_error, columns.metrics.posterior_std, columns.crps}) {
        measures(row, column++) = values.mean();
      }
    }
  }
  Eigen::Index column = 0;
  for (const auto& [prefix, answer] : answers) {
    const bool learnt_names = prefix.empty();
    table.add(prefix + "relative_error", measures.col(column++));
    table.add(learnt_names ? "posterior_std" : prefix + "std", measures.col(column++));
    table.add(prefix + "crps", measures.col(column++));
  }
  return table;
}

NamedColumns coverage_table(const AnswerMeasures& learnt, const AnswerMeasures& exact,
                            const AnswerMeasures& gaussian) {
  const ExpectedCoverage& coverage = learnt.calibration->coverage;
  const auto share = [&](const AnswerMeasures& answer) -> Vector {
    if (answer.calibration) return answer.calibration->coverage.share;
    return Vector::Constant(coverage.level.size(), NAN);
  };
  NamedColumns table;
  table.add("level", coverage.level);
  table.add("learnt", coverage.share);
  table.add("low", coverage.low);
  table.add("high", coverage.high);
  table.add("exact", share(exact));
  table.add("gaussian", share(gaussian));
  return table;
}

NamedColumns ranks_table(const Calibration& calibration, Eigen::Index segments_per_wall) {
  NamedColumns table;
  const UniformityTest& segments = calibration.segments;
  table.add("point", segments.point);
  table.add("low", segments.low);
  table.add("high", segments.high);
  for (Eigen::Index j = 0; j < segments.difference.cols(); ++j) {
    table.add((j < segments_per_wall ? "lower_" : "upper_") + std::to_string(j % segments_per_wall + 1),
              segments.difference.col(j));
  }
  const auto add_single = [&](const std::string& name, const UniformityTest& test) {
    table.add(name, test.difference.col(0));
    table.add(name + "_low", test.low);
    table.add(name + "_high", test.high);
  };
  add_single("tarp", calibration.tarp);
  if (calibration.predictive) add_single("predictive", *calibration.predictive);
  return table;
}

}  // namespace scorefem
