#include "pipeline/report/summary.h"

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "pipeline/base/provenance.h"
#include "pipeline/calibration/gates.h"
#include "pipeline/dataset/discretisation.h"
#include "pipeline/report/comparison.h"
#include "pipeline/report/local_summary.h"
#include "pipeline/study/load_study.h"

namespace scorefem::report {

using Json = nlohmann::json;

namespace {

/// Exact posteriors from which on a verdict is given: the errors of fewer measurements are mostly chance.
constexpr long kFewest = 10;

double value_or_nan(const Json& value) {
  return value.is_null() ? NAN : value.get<double>();
}

}  // namespace

Json summary_of(const study::Study& study, const dataset::Dataset& dataset,
                const training::TrainedModel& model, const posterior::Posterior& posterior,
                const dataset::ResolvedNoise& noise, const NamedColumns& table, const UnknownScales& scales) {
  const diffusion::CheckpointSummary& training = model.summary();
  const double training_seconds = training.history.empty() ? NAN : training.history.back().seconds;
  Json summary{{"study", study.name}, {"corner", study.report.corner}, {"model", posterior.model()}};
  for (const auto& [name, value] : base::provenance(study::resolved_configuration(study)))
    summary[name] = value;
  const solver::Vector means = means_over_unknowns(table, scales);
  for (std::size_t j = 0; j < table.names.size(); ++j)
    summary["means"][table.names[j]] = json_number(means(static_cast<Eigen::Index>(j)));
  summary["sizes"] = {{"train", dataset.shape().rows[dataset::Split::train]},
                      {"test", dataset.shape().rows[dataset::Split::test]},
                      {"measurements", posterior.n_measurements()},
                      {"samples", posterior.n_samples()},
                      {"unknowns", posterior.n_unknowns()},
                      {"observations", dataset.shape().n_observations}};
  summary["seeds"] = {{"study", study.seed}};
  summary["failed_samples"] = dataset.failed_samples();
  const auto too_coarse = dataset::discretisation_warning(study, dataset);
  summary["discretisation_warning"] = too_coarse ? Json(*too_coarse) : Json(nullptr);
  const auto left_out = [&](dataset::Split split) {
    const std::string text = dataset.left_out(split);
    return text.empty() ? Json(nullptr) : Json::parse(text);
  };
  summary["left_out"] = left_out(dataset::Split::train);
  summary["left_out_test"] = left_out(dataset::Split::test);
  summary["stage_seconds"] = {{"generate", dataset.seconds()},
                              {"train", json_number(training_seconds)},
                              {"sample", posterior.attribute("seconds")}};
  summary["network_evaluations"] = posterior.attribute("network_evaluations");
  summary["noise"] = {{"model", study.noise.name()},
                      {"absolute", noise.noise->level()},
                      {"relative", noise.noise->level() / noise.unit},
                      {"text", noise.noise->text(dataset.observations())}};
  summary["unit"] = scales.unit_name;
  summary["outside_support"] = posterior.outside_support();
  summary["training"] = {{"epochs", training.history.empty() ? 0 : training.history.back().epoch},
                         {"steps", training.step}};
  if (!training.history.empty()) {
    summary["training"]["final_training_loss"] = json_number(training.history.back().training_loss);
    summary["training"]["final_validation_loss"] = json_number(training.history.back().validation_loss);
  }
  return summary;
}

void print_summary(const Json& summary) {
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
  const std::string unit_text = summary.value("unit", "");
  const char* unit = unit_text.c_str();
  std::printf("\n%-32s %11s %11s %11s\n", "", "learnt", "exact", "Gaussian");
  print("error of the posterior mean", "relative_error", 100, " %",
        "of the mean size of unknowns of the same unit");
  print("posterior standard deviation", "posterior_std", 1, "", unit);
  print("CRPS", "crps", 1, "", unit);
  print("energy score", "energy_score", 1, "", "prior sd");
  print("sliced transport to exact", "sliced_transport", 1, "", "prior sd; exact: the floor");
  print("two-sample test, accuracy", "c2st", 1, "", "0.5: not told from exact pairs");
  print("chi^2 of the measurement", "chi_squared", 1, "", "for each observation; calibrated: 1");
  print("truth in central 68.3 %", "central_coverage_1sd", 100, " %", "");
  print("truth in central 95.4 %", "central_coverage_2sd", 100, " %", "");
  const Json& exact = summary.at("exact");
  std::printf("(%ld measurements; exact: %s; prior sd %.4f%s)\n\n", comparison.at("measurements").get<long>(),
              exact.is_null()        ? "not known"
              : exact == "reference" ? "reference"
                                     : "closed form, prior not clipped",
              value_or_nan(summary.at("means").at("prior_std")),
              unit_text.empty() ? "" : (" " + unit_text).c_str());
  calibration::print_gates(summary.at("gates"));
  std::fputs(local_text(summary.value("local_calibration", Json(nullptr))).c_str(), stdout);
}

std::string closing_words(const Json& summary) {
  const Json& comparison = summary.at("comparison");
  const double ratio = value_or_nan(comparison.at("error_ratio").at("learnt"));
  const double difference = value_or_nan(comparison.at("std_difference").at("learnt"));
  char words[256] = "There is no exact posterior to compare with.";
  const long compared = summary.at("means_over").at("exact").get<long>();
  if (std::isfinite(ratio) && compared < kFewest) {
    std::snprintf(
        words, sizeof words,
        "%ld exact posterior(s) are too few to tell how good the learnt one is: expected at least %ld.",
        compared, kFewest);
  } else if (std::isfinite(ratio)) {
    const bool close = ratio < 1.02 && std::abs(difference) < 0.03;
    std::snprintf(words, sizeof words,
                  "The learnt posterior is %s the exact one: its mean errs %.3f times as much, its standard "
                  "deviation is %.1f %% %s (%ld measurements).",
                  close ? "as good as" : "not yet as good as", ratio, 100 * std::abs(difference),
                  difference < 0 ? "smaller" : "larger", compared);
  }
  const Json& gates = summary.at("gates");
  std::string verdict = " No gates: measurements without noise.";
  if (!gates.empty() && calibration::all_pass(gates)) {
    verdict = " All " + std::to_string(gates.size()) + " gates of calibration pass.";
  } else if (!gates.empty()) {
    verdict = calibration::any_fails(gates) ? " A gate of calibration fails: see the table above."
                                            : " There are not enough measurements to tell about calibration.";
  }
  return words + verdict;
}

}  // namespace scorefem::report
