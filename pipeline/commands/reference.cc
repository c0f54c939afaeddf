#include "pipeline/commands/reference.h"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "pipeline/base/atomic_file.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/interrupt.h"
#include "pipeline/base/order_statistics.h"
#include "pipeline/base/provenance.h"
#include "pipeline/base/stopwatch.h"
#include "pipeline/dataset/open_dataset.h"
#include "pipeline/dataset/resolved_noise.h"
#include "pipeline/dataset/tensor_copy.h"
#include "pipeline/study/load_study.h"
#include "pipeline/study/stage_output.h"
#include "pipeline/truth/reference_parts.h"
#include "pipeline/truth/study_posterior.h"

namespace scorefem::commands {
namespace {

truth::InvertedMeasurements read_measurements(const study::Study& study, const dataset::Dataset& dataset) {
  Eigen::Index n = study.reference.measurements;
  const dataset::SampleBlock solved =
      dataset.read(dataset::Split::test, 0, dataset.shape().rows[dataset::Split::test]).finite();
  n = std::min(n, solved.unknowns.rows());  // the others have no solution
  if (n == 0) {
    throw base::InputError(dataset.path() +
                           ": no test sample has a solution; expected at least one to invert");
  }
  const std::shared_ptr<const problem::Noise> noise = dataset::resolve_noise(study, dataset).noise;
  if (noise->is_unknown()) {
    throw base::InputError(
        "noise.model = none: the simulator's own randomness has no likelihood to draw from; expected a noise "
        "model for reference posteriors");
  }
  if (!noise->has_likelihood()) {
    throw base::InputError(
        "noise = 0: the posterior of a noise-free measurement has no density to draw from; "
        "expected noise > 0 for reference posteriors");
  }
  return {dataset::measurements(solved, *noise).rows(0, n), solved.unknowns.topRows(n), noise};
}

void report(const study::StageContext& context, double seconds, const std::string& effort) {
  const truth::Reference file(context.paths.reference);
  const std::vector<bool> converged = file.converged();
  const auto n_converged = std::count(converged.begin(), converged.end(), true);
  const double evaluations = file.attribute("evaluations");
  const auto median = [](const solver::Vector& values) {
    return base::quantile({values.begin(), values.end()}, 0.5);
  };
  const double rhat = file.rhat().maxCoeff();
  const double ess_bulk = median(file.ess_bulk().rowwise().minCoeff());
  const double ess_tail = median(file.ess_tail().rowwise().minCoeff());
  char text[256];
  std::snprintf(text, sizeof text,
                "%d of %d measurements converged; greatest R-hat %.4f; least effective sample size, median "
                "over measurements: %.0f bulk, %.0f tail; %.3g forward evaluations",
                static_cast<int>(n_converged), static_cast<int>(file.n_measurements()), rhat, ess_bulk,
                ess_tail, evaluations);
  context.log.info("reference_done",
                   "reference: " + context.paths.reference + " written in " + base::duration_text(seconds) +
                       ": " + text + (effort.empty() ? "" : "; this time " + effort),
                   {{"seconds", seconds},
                    {"converged", n_converged},
                    {"measurements", file.n_measurements()},
                    {"rhat", rhat},
                    {"ess_bulk", ess_bulk},
                    {"ess_tail", ess_tail},
                    {"evaluations", evaluations}});
}

}  // namespace

void reference(const study::StageContext& context) {
  const study::Study& study = context.study;
  const dataset::Dataset dataset = dataset::open_dataset(context.study, context.paths.dataset);
  const truth::InvertedMeasurements measurements = read_measurements(study, dataset);
  const std::string& path = context.paths.reference;
  study::StageOutput output(context, "reference", path,
                            {study::reference_inputs(study), study::ResultVersion::kReference, {}});
  truth::ReferenceParts parts(
      study, context.paths, output, measurements,
      {base::provenance(study::resolved_configuration(study)), static_cast<std::int64_t>(study.seed),
       study.reference.chains, measurements.noise->level(), 0});
  if (!parts.to_be_added_to() && output.is_current([&] { return truth::Reference(path).origin(); })) return;
  const std::vector<Eigen::Index> missing = parts.missing();
  const Eigen::Index n = measurements.measurement.rows();
  Eigen::Index n_done = n - static_cast<Eigen::Index>(missing.size());
  context.log.info("reference", "reference: " + std::to_string(n) + " measurements, " +
                                    std::to_string(study.reference.chains) + " chains each" +
                                    (n_done > 0 ? ", of which " + std::to_string(n_done) + " are done" : ""));
  const base::Stopwatch stopwatch;
  std::string effort;
  if (!missing.empty()) {
    base::Progress progress(context.log, "reference", "measurements", n_done);
    const auto tick = [&](long n_solves) {
      base::stop_if_interrupted("the finished measurements are kept, the same command goes on from there");
      char detail[64];
      std::snprintf(detail, sizeof detail, "%.3g forward solves", static_cast<double>(n_solves));
      progress.update(n_done, n, n_solves > 0 ? detail : "");
    };
    const truth::StudyPosterior posterior(
        study, dataset.has_response() ? std::optional(dataset.response()) : std::nullopt, measurements.noise,
        tick);
    posterior.sample(measurements.measurement, missing, study.seed,
                     [&](Eigen::Index row, const truth::ReferencePosterior& drawn) {
                       parts.write(row, drawn);
                       ++n_done;
                     });
    effort = posterior.effort();
  }
  parts.join();
  output.done();
  report(context, stopwatch.seconds(), effort);
}

}  // namespace scorefem::commands
