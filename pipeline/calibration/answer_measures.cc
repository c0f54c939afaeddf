#include "pipeline/calibration/answer_measures.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "pipeline/base/streams.h"
#include "pipeline/calibration/metrics.h"
#include "pipeline/calibration/predictive_check.h"
#include "pipeline/calibration/scores.h"
#include "pipeline/calibration/tarp.h"

namespace scorefem::calibration {
namespace {

using solver::Matrix;
using solver::Vector;

Matrix with_truth_first(const Matrix& truth, const Matrix& samples) {
  Matrix both(samples.rows() + 1, samples.cols());
  both << truth, samples;
  return both;
}

/// Ranks of the likelihood.
class PredictiveRanks {
 public:
  PredictiveRanks(const std::optional<PredictiveModel>& model, const TestCases& cases)
      : model_(model),
        cases_(cases),
        order_(cases.seed, base::streams::rank_order, 2),
        counts_(1, cases.seed) {}

  void add(Eigen::Index i, const Matrix& samples, AnswerMeasures& measures) {
    if (!model_ || !cases_.noise->has_likelihood() || counts_.n_measurements() >= model_->n_measurements)
      return;
    const Matrix predicted = model_->observe(samples.topRows(std::min(model_->n_samples, samples.rows())));
    const Matrix chi = chi_squared(with_truth_first(cases_.observations.row(i), predicted),
                                   cases_.measurement.row(i), *cases_.noise);
    const auto found = chi.bottomRows(predicted.rows()).array().isFinite();
    measures.failed_solves += predicted.rows() - found.count();
    const Eigen::Index n_there = cases_.measurement.n_there(i);
    if (n_there > 0 && found.count() > 0)
      measures.chi_squared(i) = found.select(chi.bottomRows(predicted.rows()).array(), 0.0).sum() /
                                static_cast<double>(found.count() * n_there);
    const auto index = static_cast<std::uint64_t>(i);
    counts_.add(uniform_ranks(chi, order_, index), index);
  }

  std::optional<UniformityTest> test(double level) const {
    if (counts_.n_measurements() == 0) return std::nullopt;
    return test_uniformity(counts_, level);
  }

 private:
  const std::optional<PredictiveModel>& model_;
  const TestCases& cases_;
  diffusion::CounterRandom order_;
  RankCounts counts_;
};

}  // namespace

AnswerMeasures measure(const Answer& answer, const TestCases& cases,
                       const std::optional<PredictiveModel>& model, double level) {
  const Eigen::Index n = cases.truth.rows(), d = cases.truth.cols();
  const Matrix unknown = Matrix::Constant(n, d, NAN);
  AnswerMeasures measures{{}, {unknown, unknown}, unknown, Vector::Constant(n, NAN), Vector::Constant(n, NAN),
                          0,  std::nullopt};
  const diffusion::CounterRandom order(cases.seed, base::streams::rank_order, 0);
  const diffusion::CounterRandom tarp_order(cases.seed, base::streams::rank_order, 1);
  const diffusion::CounterRandom reference(cases.seed, base::streams::tarp_reference);
  // Counts of very many unknowns would fill the memory.
  RankCounts unknowns(d, cases.seed, d <= 200 ? RankCounts::kStandIns : 199), tarp(1, cases.seed);
  PredictiveRanks predictive(model, cases);
  int n_samples = std::numeric_limits<int>::max();
  for (Eigen::Index i = 0; i < n; ++i) {
    if (!answer.has(i)) continue;
    measures.measurements.push_back(i);
    const Matrix samples = answer.samples(i);
    n_samples = std::min(n_samples, static_cast<int>(samples.rows()));
    const Vector truth = cases.truth.row(i);
    const base::PosteriorMoments moments = sample_moments(samples);
    measures.moments.mean.row(i) = moments.mean;
    measures.moments.standard_deviation.row(i) = moments.standard_deviation;
    measures.crps.row(i) = crps(samples, truth).transpose();
    measures.energy_score(i) = energy_score(samples, truth, cases.prior_std);
    const auto index = static_cast<std::uint64_t>(i);
    const Matrix both = with_truth_first(cases.truth.row(i), samples);
    unknowns.add(uniform_ranks(both, order, index), index);
    const Matrix distance =
        squared_distance_to_reference(both, cases.prior_mean, cases.prior_std, reference, index);
    tarp.add(uniform_ranks(distance, tarp_order, index), index);
    predictive.add(i, samples, measures);
  }
  if (!measures.measurements.empty()) {
    measures.calibration = Calibration{expected_coverage(unknowns, level), test_uniformity(unknowns, level),
                                       test_uniformity(tarp, level), n_samples, predictive.test(level)};
  }
  return measures;
}

}  // namespace scorefem::calibration
