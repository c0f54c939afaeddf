#include "pipeline/evaluate.h"

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "diffusion/checkpoint.h"
#include "pipeline/atomic_file.h"
#include "pipeline/calibration/answer_measures.h"
#include "pipeline/calibration/predictive_model.h"
#include "pipeline/comparison.h"
#include "pipeline/errors.h"
#include "pipeline/evaluation_tables.h"
#include "pipeline/exact_answer.h"
#include "pipeline/external_program.h"
#include "pipeline/gates.h"
#include "pipeline/metrics.h"
#include "pipeline/posterior_file.h"
#include "pipeline/provenance.h"
#include "pipeline/tensor_view.h"
#include "pipeline/train.h"

namespace scorefem {
namespace {

using Json = nlohmann::json;
using solver::Matrix;
using solver::Vector;

void write_moments(const std::string& path, const PosteriorMoments& moments) {
  AtomicFile output(path);
  Hdf5File file = Hdf5File::create(output.temporary_path());
  file.set_attribute("/", "type", std::string("scorefem gaussian posterior"));
  file.write_matrix("/mean", moments.mean);
  file.write_matrix("/standard_deviation", moments.standard_deviation);
  for (const char* array : {"/mean", "/standard_deviation"}) {
    file.set_attribute(array, "unit", std::string("flux"));
    file.set_attribute(array, "axes", std::string("measurement, segment"));
  }
  file.close();
  output.commit();
}

Json summary_of(const StageContext& context, const Dataset& dataset, const Posterior& posterior,
                const NamedColumns& table) {
  const diffusion::CheckpointSummary training = diffusion::read_checkpoint_summary(context.paths.checkpoint);
  const double training_seconds = training.history.empty() ? NAN : training.history.back().seconds;
  Json summary{{"study", context.study.name},
               {"inputs", sampling_inputs(context.study)},
               {"model", posterior.model()}};
  for (const auto& [name, value] : provenance(resolved_configuration(context.study))) summary[name] = value;
  for (std::size_t j = 0; j < table.names.size(); ++j) {
    summary["means"][table.names[j]] = json_number(table.values.col(static_cast<Eigen::Index>(j)).mean());
  }
  summary["sizes"] = {
      {"train", dataset.shape().rows[Split::train]}, {"test", dataset.shape().rows[Split::test]},
      {"measurements", posterior.n_measurements()},  {"samples", posterior.n_samples()},
      {"segments", posterior.n_segments()},          {"sensors", dataset.shape().n_sensors}};
  summary["seeds"] = {{"study", context.study.seed}};
  summary["failed_samples"] = dataset.failed_samples();
  summary["stage_seconds"] = {{"generate", dataset.seconds()},
                              {"train", json_number(training_seconds)},
                              {"sample", posterior.attribute("seconds")}};
  summary["network_evaluations"] = posterior.attribute("network_evaluations");
  const double unit = pooled_standard_deviation(dataset);
  summary["noise"] = {{"absolute", posterior.attribute("noise_std")},
                      {"relative", posterior.attribute("noise_std") / unit}};
  summary["training"] = {{"epochs", training.history.empty() ? 0 : training.history.back().epoch},
                         {"steps", training.step}};
  if (!training.history.empty()) {
    summary["training"]["final_training_loss"] = json_number(training.history.back().training_loss);
    summary["training"]["final_validation_loss"] = json_number(training.history.back().validation_loss);
  }
  const bool reaction = context.study.forward.problem == solver::Problem::reaction;
  const bool masks = context.study.data.mask_probability < 1 || !context.study.data.mask_file.empty();
  const int test = reaction ? 4000 : 1000;  // paper, Secs. 6.2, 6.2.1, 6.3
  summary["paper"] = {{"train", reaction || masks ? 36000 : 9000},
                      {"test", test},
                      {"measurements", test},
                      {"samples", 1000},
                      {"epochs", 10000}};
  return summary;
}

Json standard_error(const PosteriorMoments& moments, const std::vector<Eigen::Index>& measurements,
                    const TestCases& cases, double mean_flux) {
  if (measurements.empty()) return nullptr;
  const PosteriorMoments known{moments.mean(measurements, Eigen::all),
                               moments.standard_deviation(measurements, Eigen::all)};
  return json_number(
      mean_relative_error(known, cases.truth(measurements, Eigen::all), mean_flux).standard_error);
}

double value_or_nan(const Json& value) {
  return value.is_null() ? NAN : value.get<double>();
}

void print_comparison(const Json& summary) {
  const Json& comparison = summary.at("comparison");
  const auto text = [](const Json& value, double factor, const char* unit) {
    char number[32];
    std::snprintf(number, sizeof number, "%.4g%s", factor * value_or_nan(value), unit);
    return value.is_null() ? std::string("-") : std::string(number);
  };
  const auto print = [&](const char* label, const char* measure, double factor, const char* unit,
                         const char* note) {
    const Json& row = comparison.at(measure);
    std::printf("%-32s %11s %11s %11s   %s\n", label, text(row.at("learnt"), factor, unit).c_str(),
                text(row.at("exact"), factor, unit).c_str(), text(row.at("gaussian"), factor, unit).c_str(),
                note);
  };
  std::printf("\n%-32s %11s %11s %11s\n", "", "learnt", "exact", "Gaussian");
  print("error of the posterior mean", "relative_error", 100, " %", "of the mean flux");
  print("posterior standard deviation", "posterior_std", 1, "", "flux");
  print("CRPS", "crps", 1, "", "flux");
  print("energy score", "energy_score", 1, "", "prior sd");
  print("sliced transport to exact", "sliced_transport", 1, "", "prior sd; exact: the floor");
  print("two-sample test, accuracy", "c2st", 1, "", "0.5: not told from exact pairs");
  print("chi^2 of the measurement", "chi_squared", 1, "", "for each sensor; calibrated: 1");
  print("truth in central 68.3 %", "central_coverage_1sd", 100, " %", "");
  print("truth in central 95.4 %", "central_coverage_2sd", 100, " %", "");
  const Json& exact = summary.at("exact");
  std::printf("(%ld measurements; exact: %s; prior sd %.4f)\n\n", comparison.at("measurements").get<long>(),
              exact.is_null()        ? "not known"
              : exact == "reference" ? "reference"
                                     : "closed form, prior not clipped",
              value_or_nan(summary.at("means").at("prior_std")));
  print_gates(summary.at("gates"));
}

Json read_summary(const std::string& path) {
  const Json summary = Json::parse(read_text_file(path, "a summary of an evaluation"), nullptr, false);
  if (!summary.is_object()) throw InputError(path + ": not JSON; delete it or use --force");
  return summary;
}

/// The summary of an earlier evaluation that can be kept; null if there is none.
Json earlier_summary(const StageContext& context, const Posterior& posterior, const std::string& reference) {
  const OutputPaths& paths = context.paths;
  if (!std::filesystem::exists(paths.summary) || !std::filesystem::exists(paths.report)) return nullptr;
  Json before = read_summary(paths.summary);
  if (!before.contains("means_over") || before.value("reference_inputs", "") != reference ||
      before.value("model", "") != posterior.model()) {
    context.log.info("redo", "evaluate: " + paths.report +
                                 " is made again, with another model or exact posterior, or more measures");
    return nullptr;
  }
  return up_to_date(context, "evaluate", paths.report, before.value("inputs", ""), posterior.inputs())
             ? before
             : Json();
}

TestCases test_cases(const StageContext& context, const SampleBlock& solved, const Posterior& posterior,
                     const diffusion::JointMoments& moments) {
  const Eigen::Index n = posterior.n_measurements(), d = posterior.n_segments();
  constexpr double kSmallest = 1e-12;  // over the largest: of a segment whose flux is always 0
  const Vector spread = to_matrix(moments.covariance).diagonal().head(d).cwiseSqrt();
  const Vector flux_std = spread.cwiseMax(kSmallest * spread.maxCoeff());
  return {posterior.truth(),
          solved.concentration.topRows(n),
          posterior.measurement(),
          posterior.attribute("noise_std"),
          to_matrix(moments.mean_inferred.unsqueeze(0)).transpose(),
          flux_std,
          context.study.seed};
}

void write_tables(const StageContext& context, const NamedColumns& metrics, const NamedColumns& by_sensors,
                  const NamedColumns& coverage, const Calibration& calibration) {
  const Eigen::Index per_wall = context.study.forward.channel.segments_per_wall;
  write_text_file(context.paths.metrics,
                  metrics.csv("wall,segment", segment_labels(metrics.values.rows(), per_wall)));
  write_text_file(context.paths.by_sensors, by_sensors.csv());
  write_text_file(context.paths.coverage, coverage.csv());
  write_text_file(context.paths.calibration, ranks_table(calibration, per_wall).csv());
}

/// Learnt and exact verdicts; none without noise.
Json judge(const AnswerMeasures& learnt, const AnswerMeasures& exact, const TestCases& cases,
           Eigen::Index segments_per_wall) {
  if (cases.noise_std == 0) return Json::array();
  return to_json(gates(*learnt.calibration, segments_per_wall),
                 exact.calibration ? gates(*exact.calibration, segments_per_wall) : std::vector<Gate>());
}

/// All measures, written to the run's folder but for the summary, which is returned.
Json measure_all(const StageContext& context, const Dataset& dataset, const Posterior& posterior,
                 const std::shared_ptr<const Reference>& reference) {
  const SampleBlock test = dataset.read(Split::test, 0, dataset.shape().rows[Split::test]);
  const double mean_flux = test.flux.mean();
  const diffusion::JointMoments moments = fitted_moments(dataset);
  const TestCases cases = test_cases(context, test.finite(), posterior, moments);
  const ClippedGaussian fit(moments, cases.measurement, cases.noise_std,
                            diffusion::CounterRandom(cases.seed, diffusion::Stream::clipped_gaussian));
  const auto always = [](Eigen::Index) { return true; };
  const Answer learnt{always, [&](Eigen::Index i) { return posterior.samples(i); }};
  const Answer gaussian{always, [&](Eigen::Index i) { return fit.samples(i, posterior.n_samples()); }};
  const ExactAnswer exact = exact_answer(context, dataset, posterior, reference);
  write_moments(context.paths.gaussian_posterior, closed_form_moments(context, dataset, posterior));

  std::optional<PredictiveModel> model;
  if (cases.noise_std > 0) model = predictive_model(context.study, dataset);
  const AnswerMeasures of_learnt = measure(learnt, cases, model, kGateLevel);
  const AnswerMeasures of_exact = measure(exact.answer, cases, model, kGateLevel);
  const AnswerMeasures of_gaussian = measure(gaussian, cases, model, kGateLevel);
  // What is compared is compared on the measurements that have an exact answer; on all if none has.
  const auto compared = [&](const Answer& answer, const AnswerMeasures& of_all) {
    const std::size_t n = of_exact.measurements.size();
    if (n == 0 || n == of_all.measurements.size()) return of_all;
    return measure({exact.answer.has, answer.samples}, cases, model, kGateLevel);
  };
  const AnswerMeasures compared_learnt = compared(learnt, of_learnt);
  const AnswerMeasures compared_gaussian = compared(gaussian, of_gaussian);
  const Answers answers{learnt, compared_learnt, exact, of_exact, gaussian, compared_gaussian, fit};
  const TransportCosts transport = transport_costs(answers, cases);
  const TableAnswer exact_row{exact.moments, of_exact, transport.floor};
  const TableAnswer learnt_row{compared_learnt.moments, compared_learnt, transport.learnt};
  const TableAnswer gaussian_row{compared_gaussian.moments, compared_gaussian, transport.gaussian};
  const Vector prior_std = column_std(test.flux);
  NamedColumns metrics = metrics_table(learnt_row, exact_row, gaussian_row, cases, prior_std, mean_flux);
  add_differences(metrics);
  write_tables(context, metrics, sensors_table(learnt_row, exact_row, gaussian_row, cases, mean_flux),
               coverage_table(of_learnt, of_exact, of_gaussian), *of_learnt.calibration);

  // Means over all measurements of each answer.
  Json summary = summary_of(
      context, dataset, posterior,
      metrics_table({of_learnt.moments, of_learnt, transport.learnt}, exact_row,
                    {of_gaussian.moments, of_gaussian, transport.gaussian}, cases, prior_std, mean_flux));
  summary["means_over"] = {{"learnt", of_learnt.measurements.size()},
                           {"exact", of_exact.measurements.size()},
                           {"gaussian", of_gaussian.measurements.size()}};
  summary["standard_errors"] = {
      {"relative_error", standard_error(of_learnt.moments, of_learnt.measurements, cases, mean_flux)},
      {"exact_relative_error", standard_error(exact.moments, of_exact.measurements, cases, mean_flux)},
      {"gaussian_relative_error",
       standard_error(of_gaussian.moments, of_gaussian.measurements, cases, mean_flux)}};
  summary["exact"] = exact.kind.empty() ? Json(nullptr) : Json(exact.kind);
  summary["reference_inputs"] = exact.inputs;
  summary["comparison"] = compare(answers, cases, transport, mean_flux);
  summary["gates"] = judge(of_learnt, of_exact, cases, context.study.forward.channel.segments_per_wall);
  summary["gates_note"] = cases.noise_std > 0 ? Json(nullptr) : Json(kNoGates);
  return summary;
}

}  // namespace

bool evaluate(const StageContext& context) {
  const Dataset dataset = open_dataset(context);
  require_matching_checkpoint(context.study, context.paths.checkpoint);
  if (!std::filesystem::exists(context.paths.posterior)) {
    throw InputError(context.paths.posterior + ": there are no samples; run `scorefem sample` first");
  }
  const Posterior posterior(context.paths.posterior);
  const std::string inputs = sampling_inputs(context.study);
  if (posterior.inputs() != inputs) {
    throw InputError(context.paths.posterior + ": made from another configuration (" +
                     first_difference(posterior.inputs(), inputs) + "); run `scorefem sample` again");
  }
  if (posterior.model() != checkpoint_fingerprint(context.paths.checkpoint)) {
    throw InputError(context.paths.posterior + ": sampled from another training than the model in " +
                     context.paths.checkpoint + "; run `scorefem sample` again");
  }
  const std::shared_ptr<const Reference> reference = usable_reference(context);
  const Json before = earlier_summary(context, posterior, reference ? reference->inputs() : "");
  if (!before.is_null()) {
    print_comparison(before);
    return all_pass(before.at("gates"));
  }
  const Stopwatch stopwatch;
  Json summary = measure_all(context, dataset, posterior, reference);
  summary["stage_seconds"]["evaluate"] = stopwatch.seconds();
  write_text_file(context.paths.summary, summary.dump(2) + "\n");
  run_script("report.py", {context.paths.directory});
  print_comparison(summary);
  context.log.info(
      "evaluated", "evaluate: " + context.paths.report + " written in " + duration_text(stopwatch.seconds()),
      {{"seconds", stopwatch.seconds()}, {"means", summary.at("means")}, {"gates", summary.at("gates")}});
  return all_pass(summary.at("gates"));
}

}  // namespace scorefem
