#include "pipeline/densities/density_model.h"

#include <torch/types.h>

#include <filesystem>

#include "diffusion/sampling/posterior_sampler.h"
#include "pipeline/base/atomic_file.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/fingerprint.h"
#include "pipeline/base/hdf5_file.h"
#include "pipeline/base/interrupt.h"
#include "pipeline/base/provenance.h"
#include "pipeline/base/stopwatch.h"
#include "pipeline/study/origin.h"
#include "pipeline/study/stage.h"
#include "pipeline/training/diffusion_errors.h"
#include "pipeline/training/resumable_training.h"
#include "pipeline/training/trained_model.h"

namespace scorefem::densities {
namespace {

namespace fs = std::filesystem;
using solver::Matrix;

std::string model_path(const DensityStudy& study, const DensityCell& cell) {
  return study.output + "/models/" + cell.name() + ".pt";
}

torch::Tensor column(const std::vector<double>& values) {
  return torch::tensor(values, torch::kFloat64).unsqueeze(1);
}

/// Pairs without noise: x is inferred from y itself.
diffusion::Pairs training_pairs(const DensityStudy& study, Density density) {
  const JointDraws draws =
      draw_pairs(density, study.seed, PairSet::training, static_cast<std::size_t>(study.data.train));
  const torch::Tensor y = column(draws.y);
  // Functions such as tanh round otherwise on another processor.
  return {column(draws.x), y, torch::zeros_like(y), torch::ones_like(y),
          to_string(density) + ", seed " + std::to_string(study.seed) + ", " +
              std::to_string(study.data.train) + " pairs"};
}

/// Removes a model of another origin.
void keep_only_if_up_to_date(const DensityContext& context, const std::string& path,
                             const study::Origin& origin) {
  if (!fs::exists(path)) return;
  const std::string reason = study::difference(training::checkpoint_origin(path), origin);
  if (reason.empty()) return;
  context.log.info("redo", "densities: " + path + " is made again: " + reason);
  fs::remove(path);
}

/// Samples [n_conditioning, n_samples] with one sampler.
Matrix draw_samples(const DensityContext& context, const DensityCell& cell, const diffusion::Model& model,
                    SamplerKind kind, diffusion::SamplerStatistics& statistics) {
  const std::vector<double>& conditioning = context.study.conditioning(cell.density);
  const torch::Tensor y = column(conditioning);
  const diffusion::Measurements measurements{y, torch::ones_like(y),
                                             torch::zeros({y.size(0)}, torch::kFloat64)};
  Matrix samples(static_cast<Eigen::Index>(conditioning.size()), context.study.samples);
  const auto sink = [&](std::int64_t first_measurement, std::int64_t first_sample,
                        const torch::Tensor& block) {
    const auto values = block.accessor<float, 3>();
    for (std::int64_t i = 0; i < block.size(0); ++i)
      for (std::int64_t j = 0; j < block.size(1); ++j)
        samples(first_measurement + i, first_sample + j) = static_cast<double>(values[i][j][0]);
    base::stop_if_interrupted("models and samples that are finished are kept");
  };
  diffusion::SamplerOptions options = context.study.sampler(kind);
  options.batch_rows = context.study.samples;  // one conditioning value: a signal need not wait for all
  statistics = training::with_input_errors("sample", [&] {
    return diffusion::sample_posterior(model, measurements, context.study.samples, options, cell.seed, 0,
                                       sink);
  });
  return samples;
}

std::vector<double> row_of(const Matrix& values, std::size_t row) {
  const auto index = static_cast<Eigen::Index>(row);
  return {values.row(index).begin(), values.row(index).end()};
}

}  // namespace

void train_density_model(const DensityContext& context, const DensityCell& cell) {
  const DensityStudy& study = context.study;
  const std::string path = model_path(study, cell);
  const training::ResumableTraining job{
      context.log, "densities",
      cell.name(), study.output + "/models/" + cell.name() + ".partial.pt",
      path,        {model_inputs(study, cell), study::ResultVersion::kModel, {}}};
  keep_only_if_up_to_date(context, path, job.origin);
  if (fs::exists(path)) return;
  fs::create_directories(fs::path(path).parent_path());
  job.require_same();
  const base::Stopwatch stopwatch;
  diffusion::TrainingOptions options = study.training;
  options.seed = cell.seed;
  const diffusion::TrainingResult result =
      job.run(training_pairs(study, cell.density), study.process(cell.process), study.model, options,
              base::provenance(resolved_configuration(study)));
  job.finish(result);
  context.log.info("trained", "densities: " + path + " written after " + std::to_string(result.steps) +
                                  " steps, this run " + base::duration_text(stopwatch.seconds()));
}

Matrix sample_density_model(const DensityContext& context, const DensityCell& cell,
                            const DensityReference& reference) {
  const DensityStudy& study = context.study;
  const std::string path = study.output + "/samples/" + cell.name() + ".h5";
  const std::string inputs = sample_inputs(study, cell) + "# model: " +
                             base::file_fingerprint(model_path(study, cell), "a trained model") +
                             "\n# result version: " + std::to_string(study::ResultVersion::kDensities) + "\n";
  if (fs::exists(path)) {
    const base::Hdf5File file = base::Hdf5File::open(path);
    if (file.text_attribute("/", "inputs") == inputs) return file.read_matrix("/cost");
  }
  const base::Stopwatch stopwatch;
  const std::string checkpoint = model_path(study, cell);
  const auto model = training::with_input_errors(
      checkpoint, [&] { return diffusion::load_model(checkpoint, study.training.device); });
  base::AtomicFile output(path);
  base::Hdf5File file = base::Hdf5File::create(output.temporary_path());
  file.set_attribute("/", "type", std::string("scorefem density samples"));
  for (const auto& [name, value] : base::provenance(resolved_configuration(study)))
    file.set_attribute("/", name, value);
  file.set_attribute("/", "inputs", inputs);
  file.set_attribute("/", "seed", static_cast<std::int64_t>(cell.seed));
  Matrix cost(static_cast<Eigen::Index>(kSamplerKinds.size()), static_cast<Eigen::Index>(reference.x.size()));
  for (const SamplerKind kind : kSamplerKinds) {
    diffusion::SamplerStatistics statistics;
    const Matrix samples = draw_samples(context, cell, *model, kind, statistics);
    const std::string array = "/" + to_string(kind);
    file.write_matrix(array, samples);
    file.set_attribute(array, "axes", std::string("conditioning value, sample"));
    file.set_attribute(array, "network_evaluations", statistics.evaluations_per_row(samples.size()));
    for (std::size_t i = 0; i < reference.x.size(); ++i)
      cost(static_cast<Eigen::Index>(kind), static_cast<Eigen::Index>(i)) =
          logged_cost(context, cell.name() + " " + to_string(kind), row_of(samples, i), reference.x[i]);
  }
  file.write_matrix("/cost", cost);
  file.set_attribute("/cost", "axes", std::string("sampler (ode, sde), conditioning value"));
  file.close();
  output.commit();
  context.log.info("sampled",
                   "densities: " + path + " written in " + base::duration_text(stopwatch.seconds()));
  return cost;
}

}  // namespace scorefem::densities
