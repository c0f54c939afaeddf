#include "pipeline/commands/evaluate.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "pipeline/base/atomic_file.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/external_program.h"
#include "pipeline/calibration/gates.h"
#include "pipeline/dataset/open_dataset.h"
#include "pipeline/report/evaluation.h"
#include "pipeline/report/exact_answer.h"
#include "pipeline/report/summary.h"
#include "pipeline/study/load_study.h"
#include "pipeline/training/trained_model.h"

namespace scorefem::commands {
namespace {

using Json = nlohmann::json;

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

}  // namespace

bool evaluate(const study::StageContext& context) {
  const dataset::Dataset dataset = dataset::open_dataset(context);
  study::require_test_part(context.study);
  training::require_matching_checkpoint(context.study, context.paths.checkpoint);
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
  if (posterior.model() != training::checkpoint_fingerprint(context.paths.checkpoint)) {
    throw base::InputError(context.paths.posterior + ": sampled from another training than the model in " +
                           context.paths.checkpoint + "; run `scorefem sample` again");
  }
  const std::shared_ptr<const truth::Reference> reference = report::usable_reference(context);
  const Json before = earlier_summary(context, posterior, reference ? reference->inputs() : "");
  if (!before.is_null()) {
    report::print_summary(before);
    return calibration::all_pass(before.at("gates"));
  }
  const study::Stopwatch stopwatch;
  Json summary = report::measure_all(context, dataset, posterior, reference);
  summary["stage_seconds"]["evaluate"] = stopwatch.seconds();
  base::write_text_file(context.paths.summary, summary.dump(2) + "\n");
  base::run_script("report.py", {context.paths.directory});
  report::print_summary(summary);
  context.log.info(
      "evaluated",
      "evaluate: " + context.paths.report + " written in " + base::duration_text(stopwatch.seconds()),
      {{"seconds", stopwatch.seconds()}, {"means", summary.at("means")}, {"gates", summary.at("gates")}});
  return calibration::all_pass(summary.at("gates"));
}

}  // namespace scorefem::commands
