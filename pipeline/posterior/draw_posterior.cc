#include "pipeline/posterior/draw_posterior.h"

#include <torch/torch.h>

#include "diffusion/sampling/posterior_sampler.h"
#include "diffusion/training/checkpoint.h"
#include "pipeline/base/atomic_file.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/hdf5_file.h"
#include "pipeline/base/interrupt.h"
#include "pipeline/base/provenance.h"
#include "pipeline/dataset/tensor_copy.h"
#include "pipeline/posterior/posterior_file.h"
#include "pipeline/posterior/stored_samples.h"
#include "pipeline/problem/layout_file.h"
#include "pipeline/study/load_study.h"
#include "pipeline/training/diffusion_errors.h"
#include "pipeline/training/trained_model.h"

namespace scorefem::posterior {
namespace {

void write_attributes(const study::StageContext& context, const PosteriorRequest& request,
                      const std::string& inputs, const std::string& model, const DrawnPosterior& drawn,
                      double seconds, base::Hdf5File& file) {
  file.set_attribute("/", "type", std::string("scorefem posterior"));
  file.set_attribute("/", "format_version", kPosteriorFormatVersion);
  for (const auto& [name, value] : base::provenance(study::resolved_configuration(context.study)))
    file.set_attribute("/", name, value);
  file.set_attribute("/", "inputs", inputs);
  file.set_attribute("/", "model", model);
  file.set_attribute("/", "seed", static_cast<std::int64_t>(context.study.seed));
  file.set_attribute("/", "noise_std", request.noise->level());
  // Of a sample, on average.
  file.set_attribute("/", "network_evaluations",
                     drawn.statistics.evaluations_per_row(request.measurement.rows() * request.n_samples));
  file.set_attribute("/", "rows_evaluated", drawn.statistics.rows_evaluated);
  file.set_attribute("/", "outside_support", drawn.outside_support);
  file.set_attribute("/", "seconds", seconds);
  file.set_attribute("/samples", "unit", std::string("of each unknown, see /unknowns/unit"));
  file.set_attribute("/samples", "axes", std::string("measurement, sample, unknown"));
  file.set_attribute("/measurement", "unit", std::string("of each observation, see /observations/unit"));
  file.set_attribute("/measurement", "axes", std::string("measurement, observation"));
}

}  // namespace

DrawnPosterior draw_posterior(const study::StageContext& context, const std::string& checkpoint,
                              const PosteriorRequest& request, const std::string& inputs,
                              const std::string& path) {
  const study::Stopwatch stopwatch;
  const study::Study& study = context.study;
  const std::string fingerprint = training::checkpoint_fingerprint(checkpoint);
  const auto model = training::with_input_errors(
      checkpoint, [&] { return diffusion::load_model(checkpoint, study.training.device); });
  const dataset::ObservationEncoding encoding = training::checkpoint_encoding(checkpoint);
  if (encoding.encodes())
    encoding.require_known(request.measurement, study.forward->observations(), "measurements");
  const Eigen::Index n = request.measurement.rows();
  base::AtomicFile output(path);
  base::Hdf5File file = base::Hdf5File::create(output.temporary_path());
  const auto n_unknowns = static_cast<hsize_t>(model->n_inferred());
  file.create_array("/samples",
                    {static_cast<hsize_t>(n), static_cast<hsize_t>(request.n_samples), n_unknowns}, true);
  file.write_matrix("/measurement", request.measurement);
  if (request.truth.size() > 0) file.write_matrix("/truth", request.truth);
  problem::write_layout(file, "/unknowns", study.forward->unknowns());
  problem::write_layout(file, "/observations", study.forward->observations());

  base::Progress progress(context.log, "sample", "samples");
  StoredSamples stored(study);
  const auto sink = [&](std::int64_t first_measurement, std::int64_t first_sample,
                        const torch::Tensor& samples) {
    const torch::Tensor block = stored(samples);
    file.write_block("/samples",
                     {static_cast<hsize_t>(first_measurement), static_cast<hsize_t>(first_sample), 0},
                     {static_cast<hsize_t>(block.size(0)), static_cast<hsize_t>(block.size(1)), n_unknowns},
                     block.data_ptr<float>());
    base::stop_if_interrupted("samples that are not whole are not kept; the trained model is");
  };
  DrawnPosterior drawn;
  drawn.statistics = training::with_input_errors("sample", [&] {
    return diffusion::sample_posterior(
        *model, dataset::to_measurements(request.measurement, *request.noise, encoding), request.n_samples,
        study.sampling.sampler, study.seed, 0, sink,
        [&](std::int64_t done, std::int64_t total) { progress.update(done, total); });
  });
  drawn.outside_support = stored.share_outside();
  write_attributes(context, request, inputs, fingerprint, drawn, stopwatch.seconds(), file);
  file.close();
  output.commit();
  if (drawn.outside_support > 0) {
    char share[32];
    std::snprintf(share, sizeof share, "%.2g %%", 100 * drawn.outside_support);
    context.log.warn("outside_support", std::string("sample: ") + share +
                                            " of the samples have an unknown outside the prior's support; "
                                            "model.network: gaussian_residual learns within it");
  }
  return drawn;
}

}  // namespace scorefem::posterior
