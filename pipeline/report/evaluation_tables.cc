#include "pipeline/report/evaluation_tables.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

#include "pipeline/base/csv.h"
#include "pipeline/base/joined.h"
#include "pipeline/calibration/metrics.h"

namespace scorefem::report {
namespace {

using solver::Matrix;
using solver::Vector;
using Rows = std::vector<Eigen::Index>;

/// Those measures of an answer that have one value for each unknown.
struct UnknownColumns {
  calibration::UnknownMetrics metrics;
  Vector crps;
};

UnknownColumns columns_of(const TableAnswer& answer, const Rows& rows, const calibration::TestCases& cases,
                          const Vector& mean_size) {
  const Eigen::Index d = cases.truth.cols();
  const Vector unknown = Vector::Constant(d, NAN);
  if (rows.empty()) return {{unknown, unknown, unknown, unknown}, unknown};
  const base::PosteriorMoments moments{answer.moments.mean(rows, Eigen::all),
                                       answer.moments.standard_deviation(rows, Eigen::all)};
  return {calibration::unknown_metrics(moments, cases.truth(rows, Eigen::all), mean_size),
          answer.measures.crps(rows, Eigen::all).colwise().mean().transpose()};
}

/// Groups of measurements with similar numbers of observations: least and greatest number, both included.
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

Vector NamedColumns::column(const std::string& name) const {
  const auto found = std::find(names.begin(), names.end(), name);
  return values.col(found - names.begin());
}

std::string NamedColumns::csv(const std::string& label_header, const std::vector<std::string>& labels) const {
  std::ostringstream out;
  out.precision(10);
  const auto text = [](double value) {
    std::ostringstream number;
    number.precision(10);
    number << (std::isnan(value) ? NAN : value);  // of no sign
    return number.str();
  };
  const auto start = [&](const std::string& label) { return labels.empty() ? "" : label + ","; };
  out << start(label_header) << base::joined(names, ",") << '\n';
  for (Eigen::Index i = 0; i < values.rows(); ++i) {
    out << start(labels.empty() ? "" : labels[static_cast<std::size_t>(i)]);
    for (Eigen::Index j = 0; j < values.cols(); ++j) out << (j == 0 ? "" : ",") << text(values(i, j));
    out << '\n';
  }
  return out.str();
}

std::vector<std::string> unknown_labels(const problem::Layout& unknowns) {
  std::vector<std::string> labels;
  for (const problem::Component& unknown : unknowns.components())
    labels.push_back(base::csv_text(unknown.group) + "," + base::csv_text(unknown.name));
  return labels;
}

NamedColumns metrics_table(const TableAnswer& learnt, const TableAnswer& exact, const TableAnswer& gaussian,
                           const calibration::TestCases& cases, const Vector& prior_std,
                           const UnknownScales& scales) {
  const auto columns = [&](const TableAnswer& answer) {
    return columns_of(answer, answer.measures.measurements, cases, scales.mean_size);
  };
  const UnknownColumns l = columns(learnt), e = columns(exact), g = columns(gaussian);
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
  for (const auto& [prefix, answer] : {std::pair("", &learnt), std::pair("gaussian_", &gaussian)}) {
    const Differences found =
        differences(*answer->draws, cases.truth, answer->measures.measurements, scales.unit);
    table.add(std::string(prefix) + "error_ratio", found.error_ratio);
    table.add(std::string(prefix) + "std_difference", found.std_difference);
  }
  return table;
}

Vector means_over_unknowns(const NamedColumns& metrics, const UnknownScales& scales) {
  static const std::set<std::string> kWithUnit{"posterior_std", "prior_std",  "exact_std",    "gaussian_std",
                                               "crps",          "exact_crps", "gaussian_crps"};
  Matrix values = metrics.values;
  Vector means(values.cols());
  for (Eigen::Index j = 0; j < means.size(); ++j) {
    if (kWithUnit.count(metrics.names[static_cast<std::size_t>(j)]) > 0)
      values.col(j) = values.col(j).cwiseQuotient(scales.unit).eval();
    means(j) = values.col(j).mean();
  }
  return means;
}

NamedColumns sensors_table(const TableAnswer& learnt, const TableAnswer& exact, const TableAnswer& gaussian,
                           const calibration::TestCases& cases, const UnknownScales& scales) {
  const auto n_observations = [&](Eigen::Index i) { return cases.measurement.n_there(i); };
  std::vector<Eigen::Index> counts;
  for (const Eigen::Index i : learnt.measures.measurements) counts.push_back(n_observations(i));
  const auto groups = sensor_groups(counts);
  const auto n_groups = static_cast<Eigen::Index>(groups.size());
  const auto rows_of = [&](const TableAnswer& answer, Eigen::Index group) {
    const auto [from, to] = groups[static_cast<std::size_t>(group)];
    Rows rows;
    for (const Eigen::Index i : answer.measures.measurements) {
      if (n_observations(i) >= from && n_observations(i) <= to) rows.push_back(i);
    }
    return rows;
  };
  NamedColumns table{{"sensors_from", "sensors_to", "measurements"}, Matrix(n_groups, 3)};
  for (Eigen::Index k = 0; k < n_groups; ++k) {
    const auto [from, to] = groups[static_cast<std::size_t>(k)];
    table.values.row(k) << static_cast<double>(from), static_cast<double>(to),
        static_cast<double>(rows_of(learnt, k).size());
  }
  const std::pair<std::string, const TableAnswer&> answers[] = {
      {"", learnt}, {"exact_", exact}, {"gaussian_", gaussian}};
  for (const auto& [prefix, answer] : answers) {
    Matrix means(n_groups, 5);
    for (Eigen::Index k = 0; k < n_groups; ++k) {
      const Rows rows = rows_of(answer, k);
      const UnknownColumns columns = columns_of(answer, rows, cases, scales.mean_size);
      const Vector width = columns.metrics.posterior_std.cwiseQuotient(scales.unit);
      const Vector crps = columns.crps.cwiseQuotient(scales.unit);
      means.row(k) << columns.metrics.relative_error.mean(), width.mean(), crps.mean(),
          calibration::mean_of_known(answer.measures.energy_score(rows)),
          calibration::mean_of_known(answer.transport(rows));
    }
    Eigen::Index column = 0;
    for (const std::string name : {"relative_error", "std", "crps", "energy_score", "sliced_transport"}) {
      table.add(prefix.empty() && name == "std" ? "posterior_std" : prefix + name, means.col(column++));
    }
  }
  for (const auto& [prefix, answer] : {std::pair("", &learnt), std::pair("gaussian_", &gaussian)}) {
    Matrix means(n_groups, 2);
    for (Eigen::Index k = 0; k < n_groups; ++k) {
      const Differences found = differences(*answer->draws, cases.truth, rows_of(*answer, k), scales.unit);
      means.row(k) << found.mean_error_ratio, found.mean_std_difference;
    }
    table.add(std::string(prefix) + "error_ratio", means.col(0));
    table.add(std::string(prefix) + "std_difference", means.col(1));
  }
  return table;
}

NamedColumns coverage_table(const calibration::AnswerMeasures& learnt,
                            const calibration::AnswerMeasures& exact,
                            const calibration::AnswerMeasures& gaussian) {
  const calibration::ExpectedCoverage& coverage = learnt.calibration->coverage;
  const auto of = [&](const calibration::AnswerMeasures& answer,
                      Vector calibration::ExpectedCoverage::*values) -> Vector {
    if (answer.calibration) return answer.calibration->coverage.*values;
    return Vector::Constant(coverage.level.size(), NAN);
  };
  NamedColumns table;
  table.add("level", coverage.level);
  table.add("learnt", coverage.share);
  table.add("low", coverage.low);
  table.add("high", coverage.high);
  table.add("exact", of(exact, &calibration::ExpectedCoverage::share));
  table.add("exact_low", of(exact, &calibration::ExpectedCoverage::low));
  table.add("exact_high", of(exact, &calibration::ExpectedCoverage::high));
  table.add("gaussian", of(gaussian, &calibration::ExpectedCoverage::share));
  return table;
}

NamedColumns ranks_table(const calibration::Calibration& calibration, const problem::Layout& unknowns) {
  NamedColumns table;
  const calibration::UniformityTest& ranks = calibration.unknowns;
  table.add("point", ranks.point);
  table.add("low", ranks.low);
  table.add("high", ranks.high);
  for (Eigen::Index j = 0; j < ranks.difference.cols(); ++j) {
    table.add(base::csv_text(unknowns[j].name), ranks.difference.col(j));
  }
  const auto add_single = [&](const std::string& name, const calibration::UniformityTest& test) {
    table.add(name, test.difference.col(0));
    table.add(name + "_low", test.low);
    table.add(name + "_high", test.high);
  };
  add_single("tarp", calibration.tarp);
  if (calibration.predictive) add_single("predictive", *calibration.predictive);
  return table;
}

}  // namespace scorefem::report
