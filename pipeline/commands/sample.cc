#include "pipeline/commands/sample.h"

#include <algorithm>
#include <filesystem>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "pipeline/base/errors.h"
#include "pipeline/base/interrupt.h"
#include "pipeline/base/stopwatch.h"
#include "pipeline/dataset/open_dataset.h"
#include "pipeline/dataset/outliers.h"
#include "pipeline/dataset/resolved_noise.h"
#include "pipeline/dataset/tensor_copy.h"
#include "pipeline/posterior/draw_posterior.h"
#include "pipeline/posterior/posterior_file.h"
#include "pipeline/study/load_study.h"
#include "pipeline/study/stage_output.h"
#include "pipeline/training/trained_model.h"

namespace scorefem::commands {
namespace {

namespace fs = std::filesystem;

/// Removes what is left of a sampling that cannot be gone on from.
/// @throws InputError if it is of another configuration: work is not removed unasked
void keep_or_remove_partial(const study::StageContext& context, const study::Origin& origin) {
  const std::string& partial = context.paths.partial_posterior;
  if (!fs::exists(partial)) return;
  study::Origin made;
  std::string reason;
  try {
    made = posterior::partial_posterior_origin(partial);
    reason = study::difference(made, origin);
  } catch (const base::InputError& error) {
    reason = error.what();
  }
  if (reason.empty()) {
    context.log.info("resume", "sample: going on from " + partial);
    return;
  }
  if (!made.inputs.empty() && made.inputs != origin.inputs) {
    throw base::InputError(partial + ": samples that are not whole, of another run: " + reason +
                           "; finish them as they were, use another --output, or remove them by "
                           "`scorefem sample --force`");
  }
  context.log.info("restart", "sample: " + partial + " is of no use, " + reason + "; starting anew");
  fs::remove(partial);
}

/// Gives samples their name that were whole when the program was killed just before it did.
bool finish_whole(const study::StageContext& context, const study::Origin& origin) {
  const std::string& partial = context.paths.partial_posterior;
  if (!fs::exists(partial)) return false;
  try {
    if (!study::difference(posterior::Posterior(partial).origin(), origin).empty()) return false;
  } catch (const base::InputError&) {
    return false;  // not whole
  }
  fs::rename(partial, context.paths.posterior);
  context.log.info("sampled", "sample: " + context.paths.posterior + " was whole already");
  return true;
}

}  // namespace

void sample(const study::StageContext& context) {
  const dataset::Dataset dataset = dataset::open_dataset(context.study, context.paths.dataset);
  study::require_test_part(context.study);
  const training::TrainedModel model = training::open_model(context.study, context.paths.checkpoint, dataset);
  const study::Origin origin = posterior::posterior_origin(context.study, model, dataset);
  const std::string& path = context.paths.posterior;
  study::StageOutput output(context, "sample", path, origin);
  if (output.is_current([&] { return posterior::Posterior(path).origin(); })) return;
  output.begin({context.paths.partial_posterior});
  if (finish_whole(context, origin)) return output.done();
  keep_or_remove_partial(context, origin);
  const study::SamplingOptions& sampling = context.study.sampling;
  const Eigen::Index n_test = dataset.shape().rows[dataset::Split::test];
  const dataset::SampleBlock solved = dataset.read(dataset::Split::test, 0, n_test).finite();
  const std::vector<Eigen::Index> failed = dataset.failed_rows(dataset::Split::test);
  if (solved.unknowns.rows() == 0) {
    throw base::InputError(dataset.path() +
                           ": no test sample has a solution; expected at least one to invert");
  }
  const Eigen::Index n = std::min<Eigen::Index>(sampling.measurements, solved.unknowns.rows());
  if (!failed.empty()) {
    context.log.warn("failed_samples", "sample: " + std::to_string(failed.size()) + " of " +
                                           std::to_string(n_test) +
                                           " test samples have no solution and are left out (rows " +
                                           dataset::rows_text(failed) + ", from 0); " + std::to_string(n) +
                                           " measurements are inverted");
  }
  posterior::PosteriorRequest request;
  request.noise = dataset::resolve_noise(context.study, dataset.observations(), model.noise_unit()).noise;
  request.measurement = dataset::measurements(solved, *request.noise).rows(0, n);
  request.truth = solved.unknowns.topRows(n);
  request.n_samples = sampling.samples;
  context.log.info("sample", "sample: " + std::to_string(n) + " measurements, " +
                                 std::to_string(sampling.samples) + " samples each");
  const base::Stopwatch stopwatch;
  const posterior::DrawnPosterior drawn = posterior::draw_posterior(
      context.study, model, request, origin, context.paths.partial_posterior, context.log);
  fs::rename(context.paths.partial_posterior, path);
  output.done();
  base::note_saved_work();
  std::ostringstream message;
  message << "sample: " << path << " written in " << base::duration_text(stopwatch.seconds()) << ", "
          << std::fixed << std::setprecision(1) << drawn.evaluations
          << " evaluations of the network a sample";
  context.log.info("sampled", message.str(),
                   {{"seconds", stopwatch.seconds()}, {"network_evaluations", drawn.evaluations}});
}

}  // namespace scorefem::commands
