#include "pipeline/certificate/answer_summary.h"

#include <cmath>
#include <vector>

#include "pipeline/base/order_statistics.h"

namespace scorefem::certificate {

AnswerSummary AnswerSummary::of(const solver::Matrix& samples) {
  const Eigen::Index d = samples.cols();
  AnswerSummary summary{solver::Vector(d), solver::Vector(d), solver::Vector(d), solver::Vector(d)};
  std::vector<double> column(static_cast<std::size_t>(samples.rows()));
  for (Eigen::Index j = 0; j < d; ++j) {
    for (Eigen::Index i = 0; i < samples.rows(); ++i) column[static_cast<std::size_t>(i)] = samples(i, j);
    const double mean = samples.col(j).mean();
    summary.mean(j) = mean;
    summary.standard_deviation(j) =
        std::sqrt((samples.col(j).array() - mean).square().sum() / static_cast<double>(samples.rows() - 1));
    summary.lower(j) = base::quantile(column, 0.05);
    summary.upper(j) = base::quantile(column, 0.95);
  }
  return summary;
}

AnswerDistance distance(const AnswerSummary& answer, const AnswerSummary& exact) {
  const Eigen::Index d = exact.mean.size();
  AnswerDistance result{solver::Vector(d), solver::Vector(d)};
  for (Eigen::Index j = 0; j < d; ++j) {
    const double difference = answer.mean(j) - exact.mean(j), sd = exact.standard_deviation(j);
    const bool equal = sd == 0 && difference == 0 && answer.standard_deviation(j) == 0;
    result.mean(j) = equal ? 0 : difference / sd;
    result.ratio(j) = equal ? 1 : answer.standard_deviation(j) / sd;
  }
  return result;
}

}  // namespace scorefem::certificate
