#include "pipeline/commands/sample.h"

#include <filesystem>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "pipeline/base/errors.h"
#include "pipeline/dataset/open_dataset.h"
#include "pipeline/dataset/resolved_noise.h"
#include "pipeline/dataset/tensor_copy.h"
#include "pipeline/posterior/draw_posterior.h"
#include "pipeline/posterior/posterior_file.h"
#include "pipeline/study/load_study.h"
#include "pipeline/training/trained_model.h"

namespace scorefem::commands {

void sample(const study::StageContext& context) {
  const dataset::Dataset dataset = dataset::open_dataset(context);
  study::require_test_part(context.study);
  training::require_matching_checkpoint(context.study, context.paths.checkpoint);
  const std::string inputs = study::sampling_inputs(context.study);
  const std::string& path = context.paths.posterior;
  if (std::filesystem::exists(path)) {
    const std::optional<posterior::Posterior> earlier =
        context.force ? std::nullopt : std::optional<posterior::Posterior>(path);
    if (earlier && earlier->inputs() == inputs &&
        earlier->model() != training::checkpoint_fingerprint(context.paths.checkpoint)) {
      context.log.info("redo", "sample: posterior.h5 is made again, the model was trained again");
    } else if (study::up_to_date(context, "sample", path, earlier ? earlier->inputs() : "", inputs)) {
      return;
    }
  }
  const study::SamplingOptions& sampling = context.study.sampling;
  const Eigen::Index n_test = dataset.shape().rows[dataset::Split::test];
  const dataset::SampleBlock solved = dataset.read(dataset::Split::test, 0, n_test).finite();
  if (solved.unknowns.rows() < sampling.measurements) {
    throw base::InputError("sampling.measurements = " + std::to_string(sampling.measurements) +
                           "; expected at most " + std::to_string(solved.unknowns.rows()) +
                           ", the test samples that have a solution");
  }
  posterior::PosteriorRequest request;
  request.noise = dataset::resolve_noise(context.study, dataset).noise;
  request.measurement = dataset::measurements(solved, *request.noise).topRows(sampling.measurements);
  request.truth = solved.unknowns.topRows(sampling.measurements);
  request.n_samples = sampling.samples;
  context.log.info("sample", "sample: " + std::to_string(sampling.measurements) + " measurements, " +
                                 std::to_string(sampling.samples) + " samples each");
  const study::Stopwatch stopwatch;
  const posterior::DrawnPosterior drawn =
      posterior::draw_posterior(context, context.paths.checkpoint, request, inputs, path);
  const double evaluations = drawn.statistics.evaluations_per_row(sampling.measurements * sampling.samples);
  std::ostringstream message;
  message << "sample: " << path << " written in " << base::duration_text(stopwatch.seconds()) << ", "
          << std::fixed << std::setprecision(1) << evaluations << " evaluations of the network a sample";
  context.log.info("sampled", message.str(),
                   {{"seconds", stopwatch.seconds()}, {"network_evaluations", evaluations}});
}

}  // namespace scorefem::commands
