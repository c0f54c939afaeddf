#include "pipeline/report/equal_draws.h"

#include <algorithm>
#include <cmath>

#include "pipeline/calibration/metrics.h"

namespace scorefem::report {

using solver::Matrix;
using solver::Vector;

EqualDraws equal_draws(const calibration::Answer& one, const ExactAnswer& exact,
                       const calibration::TestCases& cases) {
  const Matrix unknown = Matrix::Constant(cases.truth.rows(), cases.truth.cols(), NAN);
  EqualDraws draws{{unknown, unknown}, {unknown, unknown}};
  for (Eigen::Index i = 0; i < cases.truth.rows(); ++i) {
    if (!exact.answer.has(i) || !one.has(i)) continue;
    const Matrix ours = one.samples(i), theirs = exact.answer.samples(i);
    const Eigen::Index n = std::min(ours.rows(), theirs.rows());
    const base::PosteriorMoments of_ours = calibration::sample_moments(ours.topRows(n));
    const base::PosteriorMoments of_theirs = calibration::sample_moments(calibration::thinned(theirs, n));
    draws.one.mean.row(i) = of_ours.mean;
    draws.one.standard_deviation.row(i) = of_ours.standard_deviation;
    draws.exact.mean.row(i) = of_theirs.mean;
    draws.exact.standard_deviation.row(i) = of_theirs.standard_deviation;
  }
  return draws;
}

Differences differences(const EqualDraws& draws, const Matrix& truth, const std::vector<Eigen::Index>& rows,
                        const Vector& unit) {
  std::vector<Eigen::Index> known;
  for (const Eigen::Index i : rows) {
    if (draws.exact.mean.row(i).allFinite()) known.push_back(i);
  }
  const Vector unknown = Vector::Constant(truth.cols(), NAN);
  if (known.empty()) return {unknown, unknown, NAN, NAN};
  const Matrix at = truth(known, Eigen::all);
  const auto error = [&](const base::PosteriorMoments& moments) -> Vector {
    return (moments.mean(known, Eigen::all) - at).cwiseAbs().colwise().mean().transpose();
  };
  const auto width = [&](const base::PosteriorMoments& moments) -> Vector {
    return moments.standard_deviation(known, Eigen::all).colwise().mean().transpose();
  };
  const Vector e = error(draws.one), exact_e = error(draws.exact), w = width(draws.one),
               exact_w = width(draws.exact);
  const auto mean = [&](const Vector& values) {
    const Vector of_one_unit = values.cwiseQuotient(unit);
    return of_one_unit.mean();
  };
  return {e.cwiseQuotient(exact_e), w.cwiseQuotient(exact_w).array() - 1, mean(e) / mean(exact_e),
          mean(w) / mean(exact_w) - 1};
}

}  // namespace scorefem::report
