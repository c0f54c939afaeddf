#include "pipeline/commands/evaluate.h"

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "diffusion/training/checkpoint.h"
#include "pipeline/base/atomic_file.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/external_program.h"
#include "pipeline/base/provenance.h"
#include "pipeline/calibration/answer_measures.h"
#include "pipeline/calibration/gates.h"
#include "pipeline/calibration/metrics.h"
#include "pipeline/calibration/predictive_model.h"
#include "pipeline/commands/train.h"
#include "pipeline/dataset/tensor_copy.h"
#include "pipeline/posterior/posterior_file.h"
#include "pipeline/report/comparison.h"
#include "pipeline/report/evaluation_tables.h"
#include "pipeline/report/exact_answer.h"

namespace scorefem::commands {
namespace {

using Json = nlohmann::json;
using solver::Matrix;
using solver::Vector;

void write_moments(const std::string& path, const truth::PosteriorMoments& moments) {
  base::AtomicFile output(path);
  base::Hdf5File file = base::Hdf5File::create(output.temporary_path());
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

Json summary_of(const study::StageContext& context, const dataset::Dataset& dataset,
                const posterior::Posterior& posterior, const report::NamedColumns& table) {
  const diffusion::CheckpointSummary training = diffusion::read_checkpoint_summary(context.paths.checkpoint);
  const double training_seconds = training.history.empty() ? NAN : training.history.back().seconds;
  Json summary{{"study", context.study.name},
               {"inputs", study::sampling_inputs(context.study)},
               {"model", posterior.model()}};
  for (const auto& [name, value] : base::provenance(study::resolved_configuration(context.study)))
    summary[name] = value;
  for (std::size_t j = 0; j < table.names.size(); ++j) {
    summary["means"][table.names[j]] =
        report::json_number(table.values.col(static_cast<Eigen::Index>(j)).mean());
  }
  summary["sizes"] = {{"train", dataset.shape().rows[dataset::Split::train]},
                      {"test", dataset.shape().rows[dataset::Split::test]},
                      {"measurements", posterior.n_measurements()},
                      {"samples", posterior.n_samples()},
                      {"segments", posterior.n_segments()},
                      {"sensors", dataset.shape().n_sensors}};
  summary["seeds"] = {{"study", context.study.seed}};
  summary["failed_samples"] = dataset.failed_samples();
  summary["stage_seconds"] = {{"generate", dataset.seconds()},
                              {"train", report::json_number(training_seconds)},
                              {"sample", posterior.attribute("seconds")}};
  summary["network_evaluations"] = posterior.attribute("network_evaluations");
  const double unit = dataset::pooled_standard_deviation(dataset);
  summary["noise"] = {{"absolute", posterior.attribute("noise_std")},
                      {"relative", posterior.attribute("noise_std") / unit}};
  summary["training"] = {{"epochs", training.history.empty() ? 0 : training.history.back().epoch},
                         {"steps", training.step}};
  if (!training.history.empty()) {
    summary["training"]["final_training_loss"] = report::json_number(training.history.back().training_loss);
    summary["training"]["final_validation_loss"] =
        report::json_number(training.history.back().validation_loss);
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

Json standard_error(const truth::PosteriorMoments& moments, const std::vector<Eigen::Index>& measurements,
                    const calibration::TestCases& cases, double mean_flux) {
  if (measurements.empty()) return nullptr;
  const truth::PosteriorMoments known{moments.mean(measurements, Eigen::all),
                                      moments.standard_deviation(measurements, Eigen::all)};
  return report::json_number(
      calibration::mean_relative_error(known, cases.truth(measurements, Eigen::all), mean_flux)
          .standard_error);
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
  calibration::print_gates(summary.at("gates"));
}

Json read_summary(const std::string& path) {
  const Json summary = Json::parse(base::read_text_file(path, "a summary of an evaluation"), nullptr, false);
  if (!summary.is_object()) throw base::InputError(path + ": not JSON; delete it or use --force");
  return summary;
}

/// The summary of an earlier evaluation that can be kept; null if there is none.
Json earlier_summary(const study::StageContext& context, const posterior::Posterior& posterior,
                     const std::string& reference) {
  const study::OutputPaths& paths = context.paths;
  if (!std::filesystem::exists(paths.summary) || !std::filesystem::exists(paths.report)) return nullptr;
  Json before = read_summary(paths.summary);
  if (!before.contains("means_over") || before.value("reference_inputs", "") != reference ||
      before.value("model", "") != posterior.model()) {
    context.log.info("redo", "evaluate: " + paths.report +
                                 " is made again, with another model or exact posterior, or more measures");
    return nullptr;
  }
  return study::up_to_date(context, "evaluate", paths.report, before.value("inputs", ""), posterior.inputs())
             ? before
             : Json();
}

calibration::TestCases test_cases(const study::StageContext& context, const dataset::SampleBlock& solved,
                                  const posterior::Posterior& posterior,
                                  const diffusion::JointMoments& moments) {
  const Eigen::Index n = posterior.n_measurements(), d = posterior.n_segments();
  constexpr double kSmallest = 1e-12;  // of a segment whose flux is always 0
  const Vector flux_std =
      dataset::to_matrix(moments.covariance).diagonal().head(d).cwiseSqrt().cwiseMax(kSmallest);
  return {posterior.truth(),
          solved.concentration.topRows(n),
          posterior.measurement(),
          posterior.attribute("noise_std"),
          dataset::to_matrix(moments.mean_inferred.unsqueeze(0)).transpose(),
          flux_std,
          context.study.seed};
}

void write_tables(const study::StageContext& context, const report::NamedColumns& metrics,
                  const report::NamedColumns& by_sensors, const report::NamedColumns& coverage,
                  const calibration::Calibration& calibration) {
  const Eigen::Index per_wall = context.study.forward.channel.segments_per_wall;
  base::write_text_file(context.paths.metrics,
                        metrics.csv("wall,segment", report::segment_labels(metrics.values.rows(), per_wall)));
  base::write_text_file(context.paths.by_sensors, by_sensors.csv());
  base::write_text_file(context.paths.coverage, coverage.csv());
  base::write_text_file(context.paths.calibration, report::ranks_table(calibration, per_wall).csv());
}

/// Learnt and exact verdicts; none without noise.
Json judge(const calibration::AnswerMeasures& learnt, const calibration::AnswerMeasures& exact,
           const calibration::TestCases& cases, Eigen::Index segments_per_wall) {
  if (cases.noise_std == 0) return Json::array();
  return calibration::to_json(calibration::gates(*learnt.calibration, segments_per_wall),
                              exact.calibration ? calibration::gates(*exact.calibration, segments_per_wall)
                                                : std::vector<calibration::Gate>());
}

/// All measures, written to the run's folder but for the summary, which is returned.
Json measure_all(const study::StageContext& context, const dataset::Dataset& dataset,
                 const posterior::Posterior& posterior,
                 const std::shared_ptr<const truth::Reference>& reference) {
  const dataset::SampleBlock test =
      dataset.read(dataset::Split::test, 0, dataset.shape().rows[dataset::Split::test]);
  const double mean_flux = test.flux.mean();
  const diffusion::JointMoments moments = truth::fitted_moments(dataset);
  const calibration::TestCases cases = test_cases(context, test.finite(), posterior, moments);
  const truth::ClippedGaussian fit(moments, cases.measurement, cases.noise_std,
                                   diffusion::CounterRandom(cases.seed, diffusion::Stream::clipped_gaussian));
  const auto always = [](Eigen::Index) { return true; };
  const calibration::Answer learnt{always, [&](Eigen::Index i) { return posterior.samples(i); }};
  const calibration::Answer gaussian{always,
                                     [&](Eigen::Index i) { return fit.samples(i, posterior.n_samples()); }};
  const report::ExactAnswer exact = report::exact_answer(context, dataset, posterior, reference);
  write_moments(context.paths.gaussian_posterior, report::closed_form_moments(context, dataset, posterior));

  std::optional<calibration::PredictiveModel> model;
  if (cases.noise_std > 0) model = calibration::predictive_model(context.study, dataset);
  const calibration::AnswerMeasures of_learnt =
      calibration::measure(learnt, cases, model, calibration::kGateLevel);
  const calibration::AnswerMeasures of_exact =
      calibration::measure(exact.answer, cases, model, calibration::kGateLevel);
  const calibration::AnswerMeasures of_gaussian =
      calibration::measure(gaussian, cases, model, calibration::kGateLevel);
  // What is compared is compared on the measurements that have an exact answer; on all if none has.
  const auto compared = [&](const calibration::Answer& answer, const calibration::AnswerMeasures& of_all) {
    const std::size_t n = of_exact.measurements.size();
    if (n == 0 || n == of_all.measurements.size()) return of_all;
    return calibration::measure({exact.answer.has, answer.samples}, cases, model, calibration::kGateLevel);
  };
  const calibration::AnswerMeasures compared_learnt = compared(learnt, of_learnt);
  const calibration::AnswerMeasures compared_gaussian = compared(gaussian, of_gaussian);
  const report::Answers answers{learnt, compared_learnt, exact, of_exact, gaussian, compared_gaussian, fit};
  const report::TransportCosts transport = report::transport_costs(answers, cases);
  const report::TableAnswer exact_row{exact.moments, of_exact, transport.floor};
  const report::TableAnswer learnt_row{compared_learnt.moments, compared_learnt, transport.learnt};
  const report::TableAnswer gaussian_row{compared_gaussian.moments, compared_gaussian, transport.gaussian};
  const Vector prior_std = calibration::column_std(test.flux);
  report::NamedColumns metrics =
      report::metrics_table(learnt_row, exact_row, gaussian_row, cases, prior_std, mean_flux);
  report::add_differences(metrics);
  write_tables(context, metrics, report::sensors_table(learnt_row, exact_row, gaussian_row, cases, mean_flux),
               report::coverage_table(of_learnt, of_exact, of_gaussian), *of_learnt.calibration);

  // Means over all measurements of each answer.
  Json summary = summary_of(context, dataset, posterior,
                            report::metrics_table({of_learnt.moments, of_learnt, transport.learnt}, exact_row,
                                                  {of_gaussian.moments, of_gaussian, transport.gaussian},
                                                  cases, prior_std, mean_flux));
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
  summary["comparison"] = report::compare(answers, cases, transport, mean_flux);
  summary["gates"] = judge(of_learnt, of_exact, cases, context.study.forward.channel.segments_per_wall);
  summary["gates_note"] = cases.noise_std > 0 ? Json(nullptr) : Json(calibration::kNoGates);
  return summary;
}

}  // namespace

bool evaluate(const study::StageContext& context) {
  const dataset::Dataset dataset = open_dataset(context);
  require_matching_checkpoint(context.study, context.paths.checkpoint);
  if (!std::filesystem::exists(context.paths.posterior)) {
    throw base::InputError(context.paths.posterior + ": there are no samples; run `scorefem sample` first");
  }
  const posterior::Posterior posterior(context.paths.posterior);
  const std::string inputs = study::sampling_inputs(context.study);
  if (posterior.inputs() != inputs) {
    throw base::InputError(context.paths.posterior + ": made from another configuration (" +
                           study::first_difference(posterior.inputs(), inputs) +
                           "); run `scorefem sample` again");
  }
  if (posterior.model() != checkpoint_fingerprint(context.paths.checkpoint)) {
    throw base::InputError(context.paths.posterior + ": sampled from another training than the model in " +
                           context.paths.checkpoint + "; run `scorefem sample` again");
  }
  const std::shared_ptr<const truth::Reference> reference = report::usable_reference(context);
  const Json before = earlier_summary(context, posterior, reference ? reference->inputs() : "");
  if (!before.is_null()) {
    print_comparison(before);
    return calibration::all_pass(before.at("gates"));
  }
  const study::Stopwatch stopwatch;
  Json summary = measure_all(context, dataset, posterior, reference);
  summary["stage_seconds"]["evaluate"] = stopwatch.seconds();
  base::write_text_file(context.paths.summary, summary.dump(2) + "\n");
  base::run_script("report.py", {context.paths.directory});
  print_comparison(summary);
  context.log.info(
      "evaluated",
      "evaluate: " + context.paths.report + " written in " + base::duration_text(stopwatch.seconds()),
      {{"seconds", stopwatch.seconds()}, {"means", summary.at("means")}, {"gates", summary.at("gates")}});
  return calibration::all_pass(summary.at("gates"));
}

}  // namespace scorefem::commands
