#include "pipeline/evaluate.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "diffusion/checkpoint.h"
#include "pipeline/atomic_file.h"
#include "pipeline/errors.h"
#include "pipeline/external_program.h"
#include "pipeline/gaussian_posterior.h"
#include "pipeline/metrics.h"
#include "pipeline/posterior_file.h"
#include "pipeline/provenance.h"
#include "pipeline/train.h"

namespace scorefem {
namespace {

using Json = nlohmann::json;
using solver::Matrix;
using solver::Vector;

/// The columns of metrics.csv after wall and segment.
struct MetricsTable {
  std::vector<std::string> names;
  Matrix values;  // [n_segments, names]
};

MetricsTable metrics_table(const SegmentMetrics& learnt, const Vector& prior_std,
                           const SegmentMetrics& exact) {
  MetricsTable table{{"relative_error", "posterior_std", "prior_std", "coverage_1sd", "coverage_2sd",
                      "exact_relative_error", "exact_std"},
                     Matrix(prior_std.size(), 7)};
  table.values << learnt.relative_error, learnt.posterior_std, prior_std, learnt.coverage_1sd,
      learnt.coverage_2sd, exact.relative_error, exact.posterior_std;
  return table;
}

std::string metrics_csv(const MetricsTable& table, Eigen::Index segments_per_wall) {
  std::ostringstream out;
  out.precision(10);
  out << "wall,segment";
  for (const std::string& name : table.names) out << ',' << name;
  out << '\n';
  for (Eigen::Index i = 0; i < table.values.rows(); ++i) {
    out << (i < segments_per_wall ? "lower," : "upper,") << i % segments_per_wall + 1;
    for (Eigen::Index j = 0; j < table.values.cols(); ++j) out << ',' << table.values(i, j);
    out << '\n';
  }
  return out.str();
}

PosteriorMoments learnt_moments(const Posterior& posterior) {
  PosteriorMoments moments{Matrix(posterior.n_measurements(), posterior.n_segments()),
                           Matrix(posterior.n_measurements(), posterior.n_segments())};
  for (Eigen::Index i = 0; i < posterior.n_measurements(); ++i) {
    const PosteriorMoments one = sample_moments(posterior.samples(i));
    moments.mean.row(i) = one.mean;
    moments.standard_deviation.row(i) = one.standard_deviation;
  }
  return moments;
}

PosteriorMoments exact_moments(const StageContext& context, const Dataset& dataset,
                               const Posterior& posterior) {
  if (!dataset.has_response()) {  // no closed form for this problem
    const Matrix unknown = Matrix::Constant(posterior.n_measurements(), posterior.n_segments(), NAN);
    return {unknown, unknown};
  }
  const FluxPrior prior(context.study.prior, context.study.forward.channel);
  return gaussian_posterior(prior.mean(), prior.covariance(), dataset.response(), posterior.measurement(),
                            posterior.attribute("noise_std"));
}

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

/// JSON has no NaN: unknown numbers are null.
Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json summary_of(const StageContext& context, const Dataset& dataset, const Posterior& posterior,
                const MetricsTable& table, const MeanWithError& learnt, const MeanWithError& exact) {
  const diffusion::CheckpointSummary training = diffusion::read_checkpoint_summary(context.paths.checkpoint);
  const double training_seconds = training.history.empty() ? NAN : training.history.back().seconds;
  Json summary{{"study", context.study.name}, {"inputs", sampling_inputs(context.study)}};
  for (const auto& [name, value] : provenance(resolved_configuration(context.study))) summary[name] = value;
  for (std::size_t j = 0; j < table.names.size(); ++j) {
    summary["means"][table.names[j]] = number(table.values.col(static_cast<Eigen::Index>(j)).mean());
  }
  summary["standard_errors"] = {{"relative_error", number(learnt.standard_error)},
                                {"exact_relative_error", number(exact.standard_error)}};
  summary["sizes"] = {
      {"train", dataset.shape().rows[Split::train]}, {"test", dataset.shape().rows[Split::test]},
      {"measurements", posterior.n_measurements()},  {"samples", posterior.n_samples()},
      {"segments", posterior.n_segments()},          {"sensors", dataset.shape().n_sensors}};
  summary["seeds"] = {{"study", context.study.seed}};
  summary["failed_samples"] = dataset.failed_samples();
  summary["stage_seconds"] = {{"generate", dataset.seconds()},
                              {"train", number(training_seconds)},
                              {"sample", posterior.attribute("seconds")}};
  summary["network_evaluations"] = posterior.attribute("network_evaluations");
  const double unit = pooled_standard_deviation(dataset);
  summary["noise"] = {{"absolute", posterior.attribute("noise_std")},
                      {"relative", posterior.attribute("noise_std") / unit}};
  summary["training"] = {{"epochs", training.history.empty() ? 0 : training.history.back().epoch},
                         {"steps", training.step}};
  if (!training.history.empty()) {
    summary["training"]["final_training_loss"] = number(training.history.back().training_loss);
    summary["training"]["final_validation_loss"] = number(training.history.back().validation_loss);
  }
  summary["paper"] = {
      {"train", 9000}, {"test", 1000}, {"measurements", 1000}, {"samples", 1000}, {"epochs", 10000}};
  return summary;
}

void print_comparison(const Json& means, const Json& errors) {
  const auto get = [](const Json& object, const char* key) {
    return object.at(key).is_null() ? NAN : object.at(key).get<double>();
  };
  std::printf("\n                                    learnt     exact\n");
  std::printf(
      "error of the posterior mean      %7.2f %%  %7.2f %%   (of the mean flux; standard error %.2f, %.2f)\n",
      100 * get(means, "relative_error"), 100 * get(means, "exact_relative_error"),
      100 * get(errors, "relative_error"), 100 * get(errors, "exact_relative_error"));
  std::printf("posterior standard deviation     %9.4f  %9.4f   (flux; prior %.4f)\n",
              get(means, "posterior_std"), get(means, "exact_std"), get(means, "prior_std"));
  std::printf("truth within 1 sd, 2 sd          %6.1f %%, %.1f %%       (a Gaussian: 68.3 %%, 95.4 %%)\n\n",
              100 * get(means, "coverage_1sd"), 100 * get(means, "coverage_2sd"));
  std::fflush(stdout);
}

Json read_summary(const std::string& path) {
  const Json summary = Json::parse(read_text_file(path, "a summary of an evaluation"), nullptr, false);
  if (!summary.is_object()) throw InputError(path + ": not JSON; delete it or use --force");
  return summary;
}

}  // namespace

void evaluate(const StageContext& context) {
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
  if (std::filesystem::exists(context.paths.summary) && std::filesystem::exists(context.paths.report)) {
    const Json before = read_summary(context.paths.summary);
    const std::string made_from = before.value("inputs", "");
    if (up_to_date(context, "evaluate", context.paths.report, made_from, inputs)) {
      print_comparison(before.at("means"), before.at("standard_errors"));
      return;
    }
  }
  const Stopwatch stopwatch;
  const Eigen::Index n_test = dataset.shape().rows[Split::test];
  const Matrix test_flux = dataset.read(Split::test, 0, n_test).flux;
  const double mean_flux = test_flux.mean();
  const Matrix truth = posterior.truth();
  const PosteriorMoments learnt = learnt_moments(posterior);
  const PosteriorMoments exact = exact_moments(context, dataset, posterior);
  write_moments(context.paths.gaussian_posterior, exact);

  const MetricsTable table = metrics_table(segment_metrics(learnt, truth, mean_flux), column_std(test_flux),
                                           segment_metrics(exact, truth, mean_flux));
  write_text_file(context.paths.metrics, metrics_csv(table, context.study.forward.channel.segments_per_wall));
  Json summary = summary_of(context, dataset, posterior, table, mean_relative_error(learnt, truth, mean_flux),
                            mean_relative_error(exact, truth, mean_flux));
  summary["stage_seconds"]["evaluate"] = stopwatch.seconds();
  write_text_file(context.paths.summary, summary.dump(2) + "\n");
  run_script("report.py", {context.paths.directory});
  print_comparison(summary.at("means"), summary.at("standard_errors"));
  context.log.info("evaluated",
                   "evaluate: " + context.paths.report + " written in " + duration_text(stopwatch.seconds()),
                   {{"seconds", stopwatch.seconds()}, {"means", summary.at("means")}});
}

}  // namespace scorefem
