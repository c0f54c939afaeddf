#include "pipeline/report/comparison.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>

#include "diffusion/comparison/classifier_two_sample_test.h"
#include "pipeline/calibration/metrics.h"
#include "pipeline/calibration/sliced_transport.h"
#include "pipeline/dataset/tensor_copy.h"

namespace scorefem::report {
namespace {

using Json = nlohmann::json;
using solver::Matrix;
using solver::Vector;

/// Enough for a mean over measurements.
constexpr std::size_t kTransportMeasurements = 200;
constexpr Eigen::Index kDirections = 32;
/// Fewer leave too little to train on, as a measurement's pairs are held out together.
constexpr std::size_t kClassifierMeasurements = 30;
/// Of each of two answers, as far as there are enough samples.
constexpr Eigen::Index kClassifierPairs = 2000;

Json row(const Json& learnt, const Json& exact, const Json& gaussian) {
  return {{"learnt", learnt}, {"exact", exact}, {"gaussian", gaussian}};
}

Json by_answer(const Answers& answers,
               const std::function<double(const calibration::AnswerMeasures&)>& value) {
  const auto known = [&](const calibration::AnswerMeasures& measures) {
    return measures.measurements.empty() ? Json(nullptr) : json_number(value(measures));
  };
  return row(known(answers.learnt_measures), known(answers.exact_measures), known(answers.gaussian_measures));
}

/// Unknown without noise: a posterior that is a point has no ranks and no intervals.
void compare_calibration(const Answers& answers, const calibration::TestCases& cases, Json& json) {
  const auto add = [&](const std::string& name,
                       const std::function<double(const calibration::Calibration&)>& value) {
    json[name] = by_answer(answers, [&](const calibration::AnswerMeasures& measures) {
      return !cases.deterministic() ? value(*measures.calibration) : NAN;
    });
  };
  for (const int n_sd : {1, 2}) {
    add("central_coverage_" + std::to_string(n_sd) + "sd",
        [n_sd](const calibration::Calibration& calibration) {
          return calibration.coverage.share(calibration.coverage.at_standard_deviations(n_sd));
        });
  }
  add("sbc_p_value",
      [](const calibration::Calibration& calibration) { return calibration.unknowns.p_value; });
  add("tarp_p_value", [](const calibration::Calibration& calibration) { return calibration.tarp.p_value; });
  add("predictive_p_value", [](const calibration::Calibration& calibration) {
    return calibration.predictive ? calibration.predictive->p_value : NAN;
  });
}

/// What the classifier sees of a pair (y, x): the unknowns as deviations from the Gaussian answer in its
/// standard deviations, since all posteriors that are narrow against the prior would look alike; the squares,
/// for the width; the measurement and which observations there are.
Matrix features(const Answers& answers, Eigen::Index i, const Matrix& unknowns,
                const problem::Measurements& measurement) {
  const Matrix deviation = answers.gaussian_fit.standardised(i, unknowns);
  const Matrix there = measurement.there().cast<double>();
  Matrix result(unknowns.rows(), 2 * unknowns.cols() + 2 * measurement.columns());
  result << deviation, deviation.cwiseAbs2(), measurement.values().replicate(unknowns.rows(), 1),
      there.replicate(unknowns.rows(), 1);
  return result;
}

/// Pairs (y, x) of an answer against exact ones: of the reference, else the true ones, which are exact as
/// well.
diffusion::TwoSampleResult two_sample_test(const Answers& answers, const calibration::Answer& answer,
                                           const std::vector<Eigen::Index>& measurements,
                                           const calibration::TestCases& cases) {
  const bool reference = answers.exact.kind == "reference";
  const auto n = static_cast<Eigen::Index>(measurements.size());
  const auto n_samples = [&](const calibration::Answer& one) {
    return one.samples(measurements.front()).rows();
  };
  const Eigen::Index each = reference ? std::min({std::max<Eigen::Index>(2, kClassifierPairs / n),
                                                  n_samples(answer), n_samples(answers.exact.answer)})
                                      : 1;
  const Eigen::Index n_features = 2 * cases.truth.cols() + 2 * cases.measurement.columns();
  Matrix pairs(n * each, n_features), exact_pairs(n * each, n_features);
  for (Eigen::Index k = 0; k < n; ++k) {
    const Eigen::Index i = measurements[static_cast<std::size_t>(k)];
    const problem::Measurements measurement = cases.measurement.row(i);
    const Matrix exact =
        reference ? calibration::thinned(answers.exact.answer.samples(i), each) : Matrix(cases.truth.row(i));
    pairs.middleRows(k * each, each) =
        features(answers, i, calibration::thinned(answer.samples(i), each), measurement);
    exact_pairs.middleRows(k * each, each) = features(answers, i, exact, measurement);
  }
  diffusion::TwoSampleOptions options;
  options.seed = cases.seed;
  return diffusion::classifier_two_sample_test(dataset::to_tensor(pairs), dataset::to_tensor(exact_pairs),
                                               torch::arange(n).repeat_interleave(each), options);
}

void compare_pairs(const Answers& answers, const std::vector<Eigen::Index>& measurements,
                   const calibration::TestCases& cases, Json& json) {
  json["c2st"] = json["c2st_standard_error"] = row(nullptr, nullptr, nullptr);
  json["c2st_against"] = answers.exact.kind == "reference" ? "reference" : "truth";
  if (measurements.size() < kClassifierMeasurements || cases.deterministic()) return;
  const auto learnt = two_sample_test(answers, answers.learnt, measurements, cases);
  const auto gaussian = two_sample_test(answers, answers.gaussian, measurements, cases);
  json["c2st"] = row(json_number(learnt.accuracy), nullptr, json_number(gaussian.accuracy));
  json["c2st_standard_error"] =
      row(json_number(learnt.standard_error), nullptr, json_number(gaussian.standard_error));
}

}  // namespace

Json json_number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

TransportCosts transport_costs(const Answers& answers, const calibration::TestCases& cases) {
  const Vector unknown = Vector::Constant(cases.truth.rows(), NAN);
  TransportCosts costs{unknown, unknown, unknown};
  const Matrix directions = cases.prior_std.cwiseInverse().asDiagonal() *
                            calibration::random_directions(cases.truth.cols(), kDirections, cases.seed);
  const std::vector<Eigen::Index>& measurements = answers.exact_measures.measurements;
  for (std::size_t k = 0; k < std::min(measurements.size(), kTransportMeasurements); ++k) {
    const Eigen::Index i = measurements[k];
    const Matrix exact = answers.exact.answer.samples(i), other = answers.learnt.samples(i);
    const Eigen::Index half = std::min(exact.rows() / 2, other.rows());
    const auto cost = [&](const Matrix& samples) {
      return calibration::sliced_transport(samples, exact.topRows(half), directions);
    };
    costs.learnt(i) = cost(other.topRows(half));
    costs.floor(i) = cost(exact.bottomRows(half));
    costs.gaussian(i) = cost(answers.gaussian.samples(i).topRows(half));
  }
  return costs;
}

Json compare(const Answers& answers, const calibration::TestCases& cases, const TransportCosts& transport,
             const EqualDraws& learnt_draws, const EqualDraws& gaussian_draws, const UnknownScales& scales) {
  const std::vector<Eigen::Index>& measurements = answers.learnt_measures.measurements;
  Json json{{"measurements", measurements.size()}};
  const double size = scales.mean_size(0);  // taken out last: what is of one unit is not rounded twice
  const Vector sizes = scales.mean_size / size;
  const Matrix truth = calibration::in_units(cases.truth(measurements, Eigen::all), sizes);
  const auto error = [&](const base::PosteriorMoments& moments) {
    const Matrix mean = calibration::in_units(moments.mean, sizes);
    return (mean(measurements, Eigen::all) - truth).cwiseAbs().mean() / size;
  };
  const auto mean_of = [&](const Matrix& values) {
    const Matrix of_one_unit = calibration::in_units(values, scales.unit);
    return of_one_unit(measurements, Eigen::all).mean();
  };
  const auto width = [&](const base::PosteriorMoments& moments) {
    return mean_of(moments.standard_deviation);
  };
  const base::PosteriorMoments& exact = answers.exact.moments;
  const base::PosteriorMoments& learnt = answers.learnt_measures.moments;
  const base::PosteriorMoments& gaussian = answers.gaussian_measures.moments;
  const auto of_moments = [&](const auto& value) {
    return row(json_number(value(learnt)), json_number(value(exact)), json_number(value(gaussian)));
  };
  json["relative_error"] = of_moments(error);
  const Differences of_learnt = differences(learnt_draws, cases.truth, measurements, scales.unit);
  const Differences of_gaussian = differences(gaussian_draws, cases.truth, measurements, scales.unit);
  const bool has_exact = !answers.exact_measures.measurements.empty();
  json["error_ratio"] = row(json_number(of_learnt.mean_error_ratio), has_exact ? Json(1) : Json(nullptr),
                            json_number(of_gaussian.mean_error_ratio));
  json["posterior_std"] = of_moments(width);
  json["std_difference"] =
      row(json_number(of_learnt.mean_std_difference), has_exact ? Json(0) : Json(nullptr),
          json_number(of_gaussian.mean_std_difference));
  json["crps"] = by_answer(answers, [&](const calibration::AnswerMeasures& m) { return mean_of(m.crps); });
  json["energy_score"] = by_answer(
      answers, [&](const calibration::AnswerMeasures& m) { return m.energy_score(measurements).mean(); });
  json["chi_squared"] = by_answer(answers, [&](const calibration::AnswerMeasures& m) {
    return calibration::mean_of_known(m.chi_squared(measurements));
  });
  json["failed_solves"] = by_answer(
      answers, [](const calibration::AnswerMeasures& m) { return static_cast<double>(m.failed_solves); });
  json["sliced_transport"] = row(json_number(calibration::mean_of_known(transport.learnt)),
                                 json_number(calibration::mean_of_known(transport.floor)),
                                 json_number(calibration::mean_of_known(transport.gaussian)));
  compare_pairs(answers, measurements, cases, json);
  compare_calibration(answers, cases, json);
  return json;
}

}  // namespace scorefem::report
