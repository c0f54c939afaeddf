#include "pipeline/generate.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "diffusion/counter_random.h"
#include "pipeline/atomic_file.h"
#include "pipeline/errors.h"
#include "pipeline/interrupt.h"
#include "pipeline/provenance.h"
#include "solver/linear_model.h"

namespace scorefem {
namespace {

constexpr Eigen::Index kBlockRows = 1000;
constexpr int kFieldPointsX = 171;
constexpr int kFieldPointsY = 41;

/// Test samples have indices of their own, so that the test set stays when the training set grows.
std::uint64_t sample_index(Split split, Eigen::Index row) {
  return (split == Split::test ? std::uint64_t{1} << 40 : 0) + static_cast<std::uint64_t>(row);
}

struct Written {
  std::int64_t failed = 0;
};

Written write_samples(const StageContext& context, const FluxPrior& prior, solver::ForwardModel& model,
                      Hdf5File& file) {
  const DataOptions& data = context.study.data;
  Progress progress(context.log, "generate", "samples");
  Written written;
  Eigen::Index done = 0;
  for (const Split split : {Split::train, Split::test}) {
    const Eigen::Index n = split == Split::train ? data.train : data.test;
    for (Eigen::Index first = 0; first < n; first += kBlockRows) {
      stop_if_interrupted("no data set was written");
      const SampleBlock block =
          draw_samples(context.study, prior, model, split, first, std::min(kBlockRows, n - first));
      write_block(file, split, first, block);
      written.failed += block.flux.rows() - block.finite().flux.rows();
      done += block.flux.rows();
      progress.update(done, data.train + data.test);
    }
  }
  return written;
}

void write_example_fields(const StageContext& context, const FluxPrior& prior, solver::ForwardModel& model,
                          Hdf5File& file) {
  const solver::Matrix flux =
      prior.draw(context.study.seed, sample_index(Split::test, 0), context.study.data.fields);
  std::vector<solver::Field> fields;
  for (Eigen::Index i = 0; i < flux.rows(); ++i)
    fields.push_back(model.field(flux.row(i), kFieldPointsX, kFieldPointsY));
  write_fields(file, fields);
}

void write_root_attributes(const StageContext& context, const std::string& inputs, std::int64_t failed,
                           double seconds, Hdf5File& file) {
  file.set_attribute("/", "type", std::string("scorefem dataset"));
  file.set_attribute("/", "format_version", kDatasetFormatVersion);
  for (const auto& [name, value] : provenance(resolved_configuration(context.study)))
    file.set_attribute("/", name, value);
  file.set_attribute("/", "inputs", inputs);
  file.set_attribute("/", "seed", static_cast<std::int64_t>(context.study.seed));
  file.set_attribute("/", "failed_samples", failed);
  file.set_attribute("/", "seconds", seconds);
}

}  // namespace

SampleBlock draw_samples(const Study& study, const FluxPrior& prior, solver::ForwardModel& model, Split split,
                         Eigen::Index first, Eigen::Index n) {
  const auto n_sensors = static_cast<Eigen::Index>(study.sensors.resolved().size());
  const diffusion::CounterRandom noise(study.seed, diffusion::Stream::measurement_noise);
  const diffusion::CounterRandom mask(study.seed, diffusion::Stream::sensor_mask);
  SampleBlock block{
      prior.draw(study.seed, sample_index(split, first), n), {}, {n, n_sensors}, {n, n_sensors}};
  for (Eigen::Index i = 0; i < n; ++i) {
    const std::uint64_t index = sample_index(split, first + i);
    noise.normals(index, block.noise.row(i).data(), static_cast<std::size_t>(n_sensors));
    mask.uniforms(index, block.mask.row(i).data(), static_cast<std::size_t>(n_sensors));
  }
  block.mask = (block.mask.array() < study.data.mask_probability).cast<double>();
  block.concentration = model.observe(block.flux).concentration;
  return block;
}

void generate(const StageContext& context) {
  const Study& study = context.study;
  const std::string inputs = dataset_inputs(study);
  if (std::filesystem::exists(context.paths.dataset)) {
    const std::string made_from = context.force ? "" : Dataset(context.paths.dataset).inputs();
    if (up_to_date(context, "generate", context.paths.dataset, made_from, inputs)) return;
  }
  const Stopwatch stopwatch;
  const FluxPrior prior(study.prior, study.forward.channel);
  const std::vector<solver::SensorPosition> sensors = study.sensors.resolved();
  const std::unique_ptr<solver::ForwardModel> model = solver::make_forward_model(study.forward, sensors);
  context.log.info("generate", "generate: " + std::to_string(study.data.train) + " + " +
                                   std::to_string(study.data.test) + " pairs, " +
                                   std::to_string(model->n_unknowns()) + " unknowns");

  AtomicFile output(context.paths.dataset);
  Hdf5File file = Hdf5File::create(output.temporary_path());
  create_dataset_arrays(file, {{study.data.train, study.data.test},
                               static_cast<Eigen::Index>(study.forward.channel.n_segments()),
                               static_cast<Eigen::Index>(sensors.size())});
  write_geometry(file, sensors, solver::flux_segments(study.forward.channel));
  const auto* linear = dynamic_cast<const solver::LinearModel*>(model.get());
  if (linear != nullptr) write_response(file, linear->response());
  const Written written = write_samples(context, prior, *model, file);
  write_example_fields(context, prior, *model, file);
  const double seconds = stopwatch.seconds();
  write_root_attributes(context, inputs, written.failed, seconds, file);
  file.close();
  output.commit();
  if (written.failed > 0) {
    context.log.warn("failed_samples",
                     std::to_string(written.failed) + " samples have no solution and are marked NaN");
  }
  context.log.info("generated",
                   "generate: " + context.paths.dataset + " written in " + duration_text(seconds),
                   {{"seconds", seconds}, {"failed_samples", written.failed}});
}

}  // namespace scorefem
