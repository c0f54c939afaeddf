#include "pipeline/sample.h"

#include <filesystem>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "pipeline/errors.h"
#include "pipeline/noise_level.h"
#include "pipeline/posterior_file.h"
#include "pipeline/tensor_view.h"
#include "pipeline/train.h"

namespace scorefem {

void sample(const StageContext& context) {
  const Dataset dataset = open_dataset(context);
  require_matching_checkpoint(context.study, context.paths.checkpoint);
  const std::string inputs = sampling_inputs(context.study);
  const std::string& path = context.paths.posterior;
  if (std::filesystem::exists(path)) {
    const std::optional<Posterior> earlier = context.force ? std::nullopt : std::optional<Posterior>(path);
    if (earlier && earlier->inputs() == inputs &&
        earlier->model() != checkpoint_fingerprint(context.paths.checkpoint)) {
      context.log.info("redo", "sample: posterior.h5 is made again, the model was trained again");
    } else if (up_to_date(context, "sample", path, earlier ? earlier->inputs() : "", inputs)) {
      return;
    }
  }
  const SamplingOptions& sampling = context.study.sampling;
  const Eigen::Index n_test = dataset.shape().rows[Split::test];
  const SampleBlock solved = dataset.read(Split::test, 0, n_test).finite();
  if (solved.flux.rows() < sampling.measurements) {
    throw InputError("sampling.measurements = " + std::to_string(sampling.measurements) +
                     "; expected at most " + std::to_string(solved.flux.rows()) +
                     ", the test samples that have a solution");
  }
  PosteriorRequest request;
  request.noise_std = resolve_noise(context.study, dataset).measurement;
  request.measurement = noisy_measurements(solved, request.noise_std).topRows(sampling.measurements);
  request.truth = solved.flux.topRows(sampling.measurements);
  request.n_samples = sampling.samples;
  context.log.info("sample", "sample: " + std::to_string(sampling.measurements) + " measurements, " +
                                 std::to_string(sampling.samples) + " samples each");
  const Stopwatch stopwatch;
  const diffusion::SamplerStatistics statistics =
      write_posterior(context, context.paths.checkpoint, request, inputs, path);
  const double evaluations = statistics.evaluations_per_row(sampling.measurements * sampling.samples);
  std::ostringstream message;
  message << "sample: " << path << " written in " << duration_text(stopwatch.seconds()) << ", " << std::fixed
          << std::setprecision(1) << evaluations << " evaluations of the network a sample";
  context.log.info("sampled", message.str(),
                   {{"seconds", stopwatch.seconds()}, {"network_evaluations", evaluations}});
}

}  // namespace scorefem
