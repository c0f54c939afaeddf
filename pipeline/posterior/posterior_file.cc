#include "pipeline/posterior/posterior_file.h"

#include <torch/torch.h>

#include "diffusion/sampling/posterior_sampler.h"
#include "diffusion/training/checkpoint.h"
#include "pipeline/base/atomic_file.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/interrupt.h"
#include "pipeline/base/provenance.h"
#include "pipeline/commands/train.h"
#include "pipeline/dataset/tensor_copy.h"
#include "pipeline/training/diffusion_errors.h"

namespace scorefem::posterior {
namespace {

void write_attributes(const study::StageContext& context, const PosteriorRequest& request,
                      const std::string& inputs, const std::string& model,
                      const diffusion::SamplerStatistics& statistics, double seconds, base::Hdf5File& file) {
  file.set_attribute("/", "type", std::string("scorefem posterior"));
  file.set_attribute("/", "format_version", kPosteriorFormatVersion);
  for (const auto& [name, value] : base::provenance(study::resolved_configuration(context.study)))
    file.set_attribute("/", name, value);
  file.set_attribute("/", "inputs", inputs);
  file.set_attribute("/", "model", model);
  file.set_attribute("/", "seed", static_cast<std::int64_t>(context.study.seed));
  file.set_attribute("/", "noise_std", request.noise_std);
  // Of a sample, on average.
  file.set_attribute("/", "network_evaluations",
                     statistics.evaluations_per_row(request.measurement.rows() * request.n_samples));
  file.set_attribute("/", "rows_evaluated", statistics.rows_evaluated);
  file.set_attribute("/", "seconds", seconds);
  file.set_attribute("/samples", "unit", std::string("flux"));
  file.set_attribute("/samples", "axes", std::string("measurement, sample, segment"));
  file.set_attribute("/measurement", "unit", std::string("concentration"));
  file.set_attribute("/measurement", "axes", std::string("measurement, sensor"));
}

}  // namespace

diffusion::SamplerStatistics write_posterior(const study::StageContext& context,
                                             const std::string& checkpoint, const PosteriorRequest& request,
                                             const std::string& inputs, const std::string& path) {
  const study::Stopwatch stopwatch;
  const std::string fingerprint = commands::checkpoint_fingerprint(checkpoint);
  const auto model = training::with_input_errors(
      checkpoint, [&] { return diffusion::load_model(checkpoint, context.study.training.device); });
  const Eigen::Index n = request.measurement.rows();
  base::AtomicFile output(path);
  base::Hdf5File file = base::Hdf5File::create(output.temporary_path());
  const auto n_segments = static_cast<hsize_t>(model->n_inferred());
  file.create_array("/samples",
                    {static_cast<hsize_t>(n), static_cast<hsize_t>(request.n_samples), n_segments}, true);
  file.write_matrix("/measurement", request.measurement);
  if (request.truth.size() > 0) file.write_matrix("/truth", request.truth);

  base::Progress progress(context.log, "sample", "samples");
  const auto sink = [&](std::int64_t first_measurement, std::int64_t first_sample,
                        const torch::Tensor& samples) {
    const torch::Tensor block = samples.contiguous();
    file.write_block("/samples",
                     {static_cast<hsize_t>(first_measurement), static_cast<hsize_t>(first_sample), 0},
                     {static_cast<hsize_t>(block.size(0)), static_cast<hsize_t>(block.size(1)), n_segments},
                     block.data_ptr<float>());
    base::stop_if_interrupted("samples that are not whole are not kept; the trained model is");
  };
  const diffusion::SamplerStatistics statistics = training::with_input_errors("sample", [&] {
    return diffusion::sample_posterior(
        *model, dataset::to_measurements(request.measurement, request.noise_std), request.n_samples,
        context.study.sampling.sampler, context.study.seed, 0, sink,
        [&](std::int64_t done, std::int64_t total) { progress.update(done, total); });
  });
  write_attributes(context, request, inputs, fingerprint, statistics, stopwatch.seconds(), file);
  file.close();
  output.commit();
  return statistics;
}

std::string Posterior::model() const {
  return file_.has_attribute("/", "model") ? file_.text_attribute("/", "model") : "";
}

Posterior::Posterior(const std::string& path) : file_(base::Hdf5File::open(path)) {
  if (!file_.has_attribute("/", "type") || file_.text_attribute("/", "type") != "scorefem posterior") {
    throw base::InputError(path + ": not a ScoreFEM posterior (attribute type is not 'scorefem posterior')");
  }
  if (file_.number_attribute("/", "format_version") != static_cast<double>(kPosteriorFormatVersion)) {
    throw base::InputError(path + ": another format version; this program reads version " +
                           std::to_string(kPosteriorFormatVersion));
  }
  const base::Hdf5File::Extents extents = file_.extents("/samples");
  if (extents.size() != 3)
    throw base::InputError(path + ": /samples is missing or is not [measurement, sample, segment]");
  n_measurements_ = static_cast<Eigen::Index>(extents[0]);
  n_samples_ = static_cast<Eigen::Index>(extents[1]);
  n_segments_ = static_cast<Eigen::Index>(extents[2]);
}

solver::Matrix Posterior::samples(Eigen::Index measurement) const {
  solver::Matrix values(n_samples_, n_segments_);
  file_.read_rows("/samples", static_cast<hsize_t>(measurement), 1, values.data());
  return values;
}

}  // namespace scorefem::posterior
