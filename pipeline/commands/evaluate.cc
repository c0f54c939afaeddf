#include "pipeline/commands/evaluate.h"

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "pipeline/base/atomic_file.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/external_program.h"
#include "pipeline/base/fingerprint.h"
#include "pipeline/base/stopwatch.h"
#include "pipeline/base/utf8_json.h"
#include "pipeline/calibration/gates.h"
#include "pipeline/dataset/open_dataset.h"
#include "pipeline/dataset/resolved_noise.h"
#include "pipeline/posterior/draw_posterior.h"
#include "pipeline/report/evaluation.h"
#include "pipeline/report/exact_answer.h"
#include "pipeline/report/summary.h"
#include "pipeline/study/load_study.h"
#include "pipeline/study/stage_output.h"
#include "pipeline/training/trained_model.h"

namespace scorefem::commands {
namespace {

namespace fs = std::filesystem;

using Json = nlohmann::json;

Json read_summary(const std::string& path) {
  const Json summary = Json::parse(base::read_text_file(path, "a summary of an evaluation"), nullptr, false);
  if (!summary.is_object()) throw base::InputError(path + ": not JSON; delete it or use --force");
  return summary;
}

std::map<std::string, std::string> texts_of(const Json& summary) {
  std::map<std::string, std::string> texts;
  for (const auto& entry : summary.items())
    if (entry.value().is_string()) texts[entry.key()] = entry.value().get<std::string>();
  return texts;
}

/// What an evaluation is made from.
study::Origin evaluation_origin(const study::StageContext& context, bool with_reference) {
  const auto fingerprint = [](const std::string& path) { return base::file_fingerprint(path, "a result"); };
  return {study::evaluation_inputs(context.study),
          study::ResultVersion::kEvaluation,
          {{"posterior", fingerprint(context.paths.posterior)},
           {"reference", with_reference ? fingerprint(context.paths.reference) : "none"}}};
}

/// What an evaluation writes besides its summary.
std::vector<std::string> written_files(const study::OutputPaths& paths) {
  return {paths.report,      paths.metrics,           paths.by_sensors,        paths.coverage,
          paths.calibration, paths.local_calibration, paths.gaussian_posterior};
}

/// Names and fingerprints of those that are there.
Json written(const study::OutputPaths& paths) {
  Json found = Json::object();
  for (const std::string& file : written_files(paths))
    if (fs::exists(file))
      found[fs::path(file).filename().string()] = base::file_fingerprint(file, "a result");
  return found;
}

/// The summary of an earlier evaluation that can be kept; null if there is none. It says that it is finished
/// when tables and report are written, and what they were.
Json earlier_summary(const study::StageContext& context, const study::Origin& origin) {
  const study::OutputPaths& paths = context.paths;
  if (!fs::exists(paths.summary)) return nullptr;
  Json before = read_summary(paths.summary);
  const bool finished = before.value("finished", false);
  if (!finished || before.value("files", Json()) != written(paths)) {
    context.log.info("redo", "evaluate: " + paths.report + " is made again, " +
                                 (finished ? "its files are not those that were written"
                                           : "the last evaluation was not finished"));
    return nullptr;
  }
  const study::StageOutput output(context, "evaluate", paths.report, origin);
  const auto made = [&] { return study::Origin::from_texts(texts_of(before)); };
  return output.is_current(made) ? before : Json();
}

}  // namespace

bool evaluate(const study::StageContext& context) {
  const dataset::Dataset dataset = dataset::open_dataset(context.study, context.paths.dataset);
  study::require_test_part(context.study);
  const training::TrainedModel model = training::open_model(context.study, context.paths.checkpoint, dataset);
  if (!fs::exists(context.paths.posterior)) {
    throw base::InputError(context.paths.posterior + ": there are no samples; run `scorefem sample` first");
  }
  const posterior::Posterior posterior(context.paths.posterior);
  const std::string reason =
      study::difference(posterior.origin(), posterior::posterior_origin(context.study, model, dataset));
  if (!reason.empty()) {
    throw base::InputError(context.paths.posterior + ": its samples are not those of this study, " + reason +
                           "; run `scorefem sample` again");
  }
  const std::shared_ptr<const truth::Reference> reference =
      report::usable_reference(context.study, context.paths.reference, context.log);
  const study::Origin origin = evaluation_origin(context, reference != nullptr);
  const Json before = earlier_summary(context, origin);
  if (!before.is_null()) {
    report::print_summary(before);
    return calibration::all_pass(before.at("gates"));
  }
  const base::Stopwatch stopwatch;
  Json summary =
      report::measure_all(context.study, context.paths, dataset, model, posterior, reference, context.log);
  summary["stage_seconds"]["evaluate"] = stopwatch.seconds();
  for (const auto& [name, text] : origin.texts()) summary[name] = text;
  summary["finished"] = false;
  base::write_text_file(context.paths.summary, base::utf8_json(summary, 2) + "\n");
  base::run_script("report.py", {context.paths.directory});
  summary["finished"] = true;
  summary["files"] = written(context.paths);
  base::write_text_file(context.paths.summary, base::utf8_json(summary, 2) + "\n");
  report::print_summary(summary);
  context.log.info(
      "evaluated",
      "evaluate: " + context.paths.report + " written in " + base::duration_text(stopwatch.seconds()),
      {{"seconds", stopwatch.seconds()}, {"means", summary.at("means")}, {"gates", summary.at("gates")}});
  return calibration::all_pass(summary.at("gates"));
}

}  // namespace scorefem::commands
