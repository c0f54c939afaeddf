#include "pipeline/report/evaluation.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "pipeline/base/atomic_file.h"
#include "pipeline/base/provenance.h"
#include "pipeline/base/streams.h"
#include "pipeline/calibration/gates.h"
#include "pipeline/calibration/local_calibration.h"
#include "pipeline/calibration/metrics.h"
#include "pipeline/calibration/predictive_model.h"
#include "pipeline/dataset/network_coordinates.h"
#include "pipeline/dataset/resolved_noise.h"
#include "pipeline/dataset/tensor_copy.h"
#include "pipeline/report/comparison.h"
#include "pipeline/report/evaluation_tables.h"
#include "pipeline/report/exact_answer.h"
#include "pipeline/report/local_summary.h"
#include "pipeline/report/summary.h"

namespace scorefem::report {
namespace {

using Json = nlohmann::json;
using solver::Matrix;
using solver::Vector;

/// As many test cases as figures show.
constexpr Eigen::Index kDrawnCases = 3;

/// Draws of the first measurements, for figures of more than one unknown at a time.
void write_first_draws(base::Hdf5File& file, const calibration::Answer& answer, Eigen::Index n_measurements) {
  const Eigen::Index n = std::min(kDrawnCases, n_measurements);
  for (Eigen::Index i = 0; i < n; ++i) {
    const Matrix draws = answer.samples(i);
    if (i == 0) {
      file.create_array("/samples", {static_cast<hsize_t>(n), static_cast<hsize_t>(draws.rows()),
                                     static_cast<hsize_t>(draws.cols())});
    }
    file.write_rows("/samples", static_cast<hsize_t>(i), 1, draws.data());
  }
  file.set_attribute("/samples", "unit", std::string("of the unknown"));
  file.set_attribute("/samples", "axes", std::string("measurement, sample, unknown"));
}

/// @param exact whose draws are written if they are the closed form's; those of a reference are in its file
void write_closed_form(const std::string& path, const base::PosteriorMoments& moments,
                       const ExactAnswer& exact) {
  base::AtomicFile output(path);
  base::Hdf5File file = base::Hdf5File::create(output.temporary_path());
  file.set_attribute("/", "type", std::string("scorefem gaussian posterior"));
  file.write_matrix("/mean", moments.mean);
  file.write_matrix("/standard_deviation", moments.standard_deviation);
  for (const char* array : {"/mean", "/standard_deviation"}) {
    file.set_attribute(array, "unit", std::string("of the unknown"));
    file.set_attribute(array, "axes", std::string("measurement, unknown"));
  }
  if (exact.kind == "closed_form") write_first_draws(file, exact.answer, moments.mean.rows());
  file.close();
  output.commit();
}

Json standard_error(const base::PosteriorMoments& moments, const std::vector<Eigen::Index>& measurements,
                    const calibration::TestCases& cases, const Vector& mean_size) {
  if (measurements.empty()) return nullptr;
  const base::PosteriorMoments known{moments.mean(measurements, Eigen::all),
                                     moments.standard_deviation(measurements, Eigen::all)};
  return json_number(calibration::mean_relative_error(known, cases.truth(measurements, Eigen::all), mean_size)
                         .standard_error);
}

calibration::TestCases test_cases(std::uint64_t seed, const dataset::SampleBlock& solved,
                                  const posterior::Posterior& posterior, const dataset::ResolvedNoise& noise,
                                  const base::PosteriorMoments& prior) {
  const Eigen::Index n = posterior.n_measurements();
  // An unknown that is always the same has any unit.
  const Vector std = prior.standard_deviation.row(0).transpose();
  const double least = std.maxCoeff() > 0 ? 1e-12 * std.maxCoeff() : 1.0;
  return {posterior.truth(),
          solved.observations.topRows(n),
          posterior.measurement(),
          noise.noise,
          prior.mean.row(0).transpose(),
          std.cwiseMax(least),
          seed};
}

/// Mean and standard deviation of the unknowns.
/// @param moments of the training samples, with the unknowns in their own coordinates
base::PosteriorMoments prior_of(const diffusion::JointMoments& moments) {
  const Eigen::Index d = moments.mean_inferred.size(0);
  return {dataset::to_matrix(moments.mean_inferred.unsqueeze(0)),
          dataset::to_matrix(moments.covariance).diagonal().head(d).cwiseSqrt().transpose()};
}

void write_tables(const study::OutputPaths& paths, const problem::Layout& unknowns,
                  const NamedColumns& metrics, const NamedColumns& by_sensors, const NamedColumns& coverage,
                  const calibration::Calibration& calibration) {
  base::write_text_file(paths.metrics, metrics.csv("group,name", unknown_labels(unknowns)));
  base::write_text_file(paths.by_sensors, by_sensors.csv());
  base::write_text_file(paths.coverage, coverage.csv());
  base::write_text_file(paths.calibration, ranks_table(calibration, unknowns).csv());
}

/// Learnt and exact verdicts; none without noise.
Json judge(const calibration::AnswerMeasures& learnt, const calibration::AnswerMeasures& exact,
           const calibration::TestCases& cases, const problem::Layout& unknowns) {
  if (cases.deterministic()) return Json::array();
  return calibration::to_json(calibration::gates(*learnt.calibration, unknowns),
                              exact.calibration ? calibration::gates(*exact.calibration, unknowns)
                                                : std::vector<calibration::Gate>());
}

/// local_calibration.csv, and what it comes to; null where a posterior is a point, or too few draws show it.
Json local_calibration(const std::string& path, const calibration::Answer& learnt,
                       const calibration::TestCases& cases, Eigen::Index n_samples) {
  constexpr Eigen::Index kFewestSamples = 3;
  if (cases.deterministic() || n_samples < kFewestSamples) return nullptr;
  const calibration::LocalCalibration local = calibration::local_calibration(learnt, cases);
  const auto n = local.p_value.size();
  NamedColumns table;
  table.add("measurement", Vector::LinSpaced(n, 1, static_cast<double>(n)));
  table.add("statistic", local.statistic);
  table.add("p_value", local.p_value);
  base::write_text_file(path, table.csv());
  return local_summary(local);
}

/// Measures of the answers: over all measurements that each has, and over those where they are compared,
/// which have an exact answer; all if none has.
struct AllMeasures {
  calibration::AnswerMeasures learnt, exact, gaussian;
  calibration::AnswerMeasures compared_learnt, compared_gaussian;
};

AllMeasures measure_answers(const calibration::Answer& learnt, const calibration::Answer& exact,
                            const calibration::Answer& gaussian, const calibration::TestCases& cases,
                            const std::optional<calibration::PredictiveModel>& model) {
  const auto measured = [&](const calibration::Answer& answer) {
    return calibration::measure(answer, cases, model, calibration::kGateLevel);
  };
  AllMeasures all{measured(learnt), measured(exact), measured(gaussian), {}, {}};
  const auto compared = [&](const calibration::Answer& answer, const calibration::AnswerMeasures& of_all) {
    const std::size_t n = all.exact.measurements.size();
    if (n == 0 || n == of_all.measurements.size()) return of_all;
    return measured({exact.has, answer.samples});
  };
  all.compared_learnt = compared(learnt, all.learnt);
  all.compared_gaussian = compared(gaussian, all.gaussian);
  return all;
}

/// Of how many measurements the means are, and how sure they are.
void add_precision(const AllMeasures& of, const base::PosteriorMoments& exact,
                   const calibration::TestCases& cases, const Vector& mean_size, Json& summary) {
  const auto error = [&](const base::PosteriorMoments& moments, const calibration::AnswerMeasures& measures) {
    return standard_error(moments, measures.measurements, cases, mean_size);
  };
  summary["means_over"] = {{"learnt", of.learnt.measurements.size()},
                           {"exact", of.exact.measurements.size()},
                           {"gaussian", of.gaussian.measurements.size()}};
  summary["standard_errors"] = {{"relative_error", error(of.learnt.moments, of.learnt)},
                                {"exact_relative_error", error(exact, of.exact)},
                                {"gaussian_relative_error", error(of.gaussian.moments, of.gaussian)}};
}

}  // namespace

Json measure_all(const study::Study& study, const study::OutputPaths& paths, const dataset::Dataset& dataset,
                 const training::TrainedModel& model, const posterior::Posterior& posterior,
                 const std::shared_ptr<const truth::Reference>& reference, base::RunLog& log) {
  const dataset::ResolvedNoise noise =
      dataset::resolve_noise(study, dataset.observations(), model.noise_unit());
  const dataset::NetworkCoordinates coordinates = model.coordinates();
  const dataset::SampleBlock test =
      dataset.read(dataset::Split::test, 0, dataset.shape().rows[dataset::Split::test]);
  const dataset::ObservationEncoding encoding = model.encoding();
  const diffusion::JointMoments moments = truth::fitted_moments(dataset, *noise.noise, coordinates, encoding);
  const calibration::TestCases cases = test_cases(
      study.seed, test.finite(), posterior, noise,
      prior_of(coordinates.marginals.empty() ? moments
                                             : truth::fitted_moments(dataset, *noise.noise, {}, encoding)));
  const UnknownScales scales = unknown_scales(dataset.unknowns(), test.unknowns, cases.prior_std);
  const bool clips = study.prior->clips();
  const truth::GaussianAnswer fit(
      moments, dataset::seen_values(cases.measurement, *noise.noise, encoding),
      dataset::added_level(*noise.noise, encoding),
      [&](const Matrix& x) { return clips ? Matrix(x.cwiseMax(0.0)) : coordinates.unknowns(x); },
      [&](const Matrix& x) { return coordinates.of(x); },
      diffusion::CounterRandom(cases.seed, base::streams::gaussian_answer));
  const auto always = [](Eigen::Index) { return true; };
  const calibration::Answer learnt{always, [&](Eigen::Index i) { return posterior.samples(i); }};
  const calibration::Answer gaussian{always,
                                     [&](Eigen::Index i) { return fit.samples(i, posterior.n_samples()); }};
  const ExactAnswer exact = exact_answer(study, dataset, posterior, *noise.noise, reference);
  write_closed_form(paths.gaussian_posterior, closed_form_moments(study, dataset, posterior, *noise.noise),
                    exact);

  std::optional<calibration::PredictiveModel> predictive;
  if (noise.noise->has_likelihood())
    predictive = calibration::predictive_model(
        study, dataset.has_response() ? std::optional(dataset.response()) : std::nullopt, log);
  const AllMeasures of = measure_answers(learnt, exact.answer, gaussian, cases, predictive);
  const Answers answers{learnt, of.compared_learnt, exact, of.exact, gaussian, of.compared_gaussian, fit};
  const TransportCosts transport = transport_costs(answers, cases);
  const EqualDraws learnt_draws = equal_draws(learnt, exact, cases);
  const EqualDraws gaussian_draws = equal_draws(gaussian, exact, cases);
  const Vector prior_std = calibration::column_std(test.unknowns);
  const TableAnswer exact_row{exact.moments, of.exact, transport.floor};
  const auto learnt_row = [&](const calibration::AnswerMeasures& measures) {
    return TableAnswer{measures.moments, measures, transport.learnt, &learnt_draws};
  };
  const auto gaussian_row = [&](const calibration::AnswerMeasures& measures) {
    return TableAnswer{measures.moments, measures, transport.gaussian, &gaussian_draws};
  };
  const TableAnswer compared_learnt = learnt_row(of.compared_learnt);
  const TableAnswer compared_gaussian = gaussian_row(of.compared_gaussian);
  write_tables(paths, study.forward->unknowns(),
               metrics_table(compared_learnt, exact_row, compared_gaussian, cases, prior_std, scales),
               sensors_table(compared_learnt, exact_row, compared_gaussian, cases, scales),
               coverage_table(of.learnt, of.exact, of.gaussian), *of.learnt.calibration);

  // Means over all measurements of each answer.
  Json summary = summary_of(
      study, dataset, model, posterior, noise,
      metrics_table(learnt_row(of.learnt), exact_row, gaussian_row(of.gaussian), cases, prior_std, scales),
      scales);
  add_precision(of, exact.moments, cases, scales.mean_size, summary);
  summary["exact"] = exact.kind.empty() ? Json(nullptr) : Json(exact.kind);
  summary["reference_inputs"] = exact.inputs;
  summary["comparison"] = compare(answers, cases, transport, learnt_draws, gaussian_draws, scales);
  summary["local_calibration"] =
      local_calibration(paths.local_calibration, learnt, cases, posterior.n_samples());
  summary["gates"] = judge(of.learnt, of.exact, cases, dataset.unknowns());
  summary["gates_note"] = cases.deterministic() ? Json(calibration::kNoGates) : Json(nullptr);
  return summary;
}

}  // namespace scorefem::report
