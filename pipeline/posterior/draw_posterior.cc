#include "pipeline/posterior/draw_posterior.h"

#include <torch/types.h>

#include <filesystem>

#include "diffusion/sampling/posterior_sampler.h"
#include "pipeline/base/atomic_file.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/hdf5_file.h"
#include "pipeline/base/interrupt.h"
#include "pipeline/base/provenance.h"
#include "pipeline/base/stopwatch.h"
#include "pipeline/dataset/content.h"
#include "pipeline/dataset/tensor_copy.h"
#include "pipeline/posterior/posterior_file.h"
#include "pipeline/posterior/stored_samples.h"
#include "pipeline/problem/layout_file.h"
#include "pipeline/study/load_study.h"
#include "pipeline/study/stage.h"
#include "pipeline/training/diffusion_errors.h"

namespace scorefem::posterior {
namespace {

std::string precision_name(diffusion::Precision precision) {
  return precision == diffusion::Precision::bfloat16 ? "bfloat16" : "float32";
}

/// Says what sampling.precision: auto took.
void tell_precision(const diffusion::ChosenPrecision& chosen, base::RunLog& log) {
  std::string why = "bfloat16 is not to be had here, or there are too few samples for it to matter";
  if (chosen.speedup > 0) {
    char text[64];
    std::snprintf(text, sizeof text, "bfloat16 is %.2f times as fast here", chosen.speedup);
    why = text;
  }
  log.info("precision", "sample: precision auto is " + precision_name(chosen.precision) + ": " + why,
           {{"precision", precision_name(chosen.precision)}, {"speedup", chosen.speedup}});
}

void write_attributes(const study::Study& study, const PosteriorRequest& request, const std::string& model,
                      const DrawnPosterior& drawn, double seconds, base::Hdf5File& file) {
  file.set_attribute("/", "type", std::string("scorefem posterior"));
  file.set_attribute("/", "format_version", kPosteriorFormatVersion);
  for (const auto& [name, value] : base::provenance(study::resolved_configuration(study)))
    file.set_attribute("/", name, value);
  file.set_attribute("/", "model", model);
  file.set_attribute("/", "seed", static_cast<std::int64_t>(study.seed));
  file.set_attribute("/", "noise_std", request.noise->level());
  // Of a sample, on average over those that were drawn since the work was last stopped.
  file.set_attribute("/", "network_evaluations", drawn.evaluations);
  file.set_attribute("/", "rows_evaluated", drawn.statistics.rows_evaluated);
  file.set_attribute("/", "outside_support", drawn.outside_support);
  file.set_attribute("/", "precision", precision_name(drawn.statistics.chosen.precision));
  file.set_attribute("/", "seconds", seconds);
  file.set_attribute("/samples", "unit", std::string("of each unknown, see /unknowns/unit"));
  file.set_attribute("/samples", "axes", std::string("measurement, sample, unknown"));
  file.set_attribute("/measurement", "unit", std::string("of each observation, see /observations/unit"));
  file.set_attribute("/measurement", "axes", std::string("measurement, observation"));
}

/// How far a file is: an array, which is written in place, where an attribute would not be. A process that is
/// killed leaves a file that can be gone on from.
struct Done {
  Eigen::Index measurements = 0;
  std::int64_t outside = 0;  //!< samples of these outside the support
  double seconds = 0;
};
constexpr const char* kDone = "/done";
constexpr const char* kPartialType = "scorefem posterior, not whole";

Done read_done(const base::Hdf5File& file) {
  double values[3] = {0, 0, 0};
  file.read_rows(kDone, 0, 3, values);
  return {static_cast<Eigen::Index>(values[0]), static_cast<std::int64_t>(values[1]), values[2]};
}

/// The samples are on the disk before the file says so.
void write_done(base::Hdf5File& file, const Done& done) {
  file.flush();
  const double values[3] = {static_cast<double>(done.measurements), static_cast<double>(done.outside),
                            done.seconds};
  file.write_rows(kDone, 0, 3, values);
}

/// Makes the file with all but the samples.
void start(const study::Study& study, const PosteriorRequest& request, const study::Origin& origin,
           const std::string& path) {
  const problem::Layout unknowns = study.forward->unknowns();
  base::AtomicFile output(path);
  base::Hdf5File file = base::Hdf5File::create(output.temporary_path());
  file.create_array("/samples",
                    {static_cast<hsize_t>(request.measurement.rows()),
                     static_cast<hsize_t>(request.n_samples), static_cast<hsize_t>(unknowns.size())},
                    true);
  file.write_matrix("/measurement", request.measurement.to_nan());
  if (request.truth.size() > 0) file.write_matrix("/truth", request.truth);
  problem::write_layout(file, "/unknowns", unknowns);
  problem::write_layout(file, "/observations", study.forward->observations());
  file.create_array(kDone, {3});
  write_done(file, {});
  file.set_attribute("/", "type", std::string(kPartialType));
  study::write_origin(file, origin);
  file.close();
  output.commit();
}

}  // namespace

study::Origin posterior_origin(const study::Study& study, const training::TrainedModel& model,
                               const dataset::Dataset& dataset) {
  return {study::sampling_inputs(study),
          study::ResultVersion::kPosterior,
          {{"trained model", model.fingerprint()},
           {"test data", dataset::content_fingerprint(dataset, dataset::Split::test)}}};
}

study::Origin partial_posterior_origin(const std::string& path) {
  const base::Hdf5File file = base::Hdf5File::open(path);
  if (!file.has_attribute("/", "type") || file.text_attribute("/", "type") != kPartialType ||
      !file.contains(kDone))
    throw base::InputError(path + ": not a posterior that was stopped");
  return study::read_origin(file);
}

DrawnPosterior draw_posterior(const study::Study& study, const training::TrainedModel& model,
                              const PosteriorRequest& request, const study::Origin& origin,
                              const std::string& path, base::RunLog& log) {
  constexpr double kSaveInterval = 2;  // seconds
  const base::Stopwatch stopwatch;
  const auto network = model.network(study.training.device);
  const dataset::ObservationEncoding encoding = model.encoding();
  if (encoding.encodes())
    encoding.require_known(request.measurement, study.forward->observations(), "measurements");
  const Eigen::Index n = request.measurement.rows();
  if (!std::filesystem::exists(path)) start(study, request, origin, path);
  base::Hdf5File file = base::Hdf5File::open(path, base::Hdf5File::Access::write);
  const Done before = read_done(file);
  Done done = before;
  if (done.measurements > 0) base::note_saved_work();

  base::Progress progress(log, "sample", "samples", done.measurements * request.n_samples);
  StoredSamples stored(study, model.coordinates());
  stored.add(done.measurements * request.n_samples, done.outside);
  base::Stopwatch since_save;
  const auto sink = [&](std::int64_t first_measurement, std::int64_t first_sample,
                        const torch::Tensor& samples) {
    const torch::Tensor block = stored(samples);
    const Eigen::Index first = before.measurements + first_measurement;
    file.write_block("/samples", {static_cast<hsize_t>(first), static_cast<hsize_t>(first_sample), 0},
                     {static_cast<hsize_t>(block.size(0)), static_cast<hsize_t>(block.size(1)),
                      static_cast<hsize_t>(block.size(2))},
                     block.data_ptr<float>());
    const bool stop = base::interrupt_requested_to_save();
    const bool whole = first_sample + block.size(1) == request.n_samples;
    if (whole) done = {first + block.size(0), stored.outside(), before.seconds + stopwatch.seconds()};
    if (whole && (stop || since_save.seconds() > kSaveInterval)) {
      write_done(file, done);
      base::note_saved_work();
      since_save = base::Stopwatch();
    }
    if (stop && done.measurements < n)
      base::stop_if_interrupted(
          "the measurements that are whole are saved, the same command goes on from there");
  };
  DrawnPosterior drawn;
  const Eigen::Index n_left = n - done.measurements;
  if (n_left > 0) {
    drawn.statistics = training::with_input_errors("sample", [&] {
      return diffusion::sample_posterior(
          *network,
          dataset::to_measurements(request.measurement.rows(before.measurements, n_left), *request.noise,
                                   encoding),
          request.n_samples, study.sampling.sampler, request.seed.value_or(study.seed), before.measurements,
          sink, [&](std::int64_t drawn_now, std::int64_t) {
            progress.update(before.measurements * request.n_samples + drawn_now, n * request.n_samples);
          });
    });
  }
  if (study.sampling.sampler.precision == diffusion::Precision::automatic) {
    if (n_left > 0) tell_precision(drawn.statistics.chosen, log);
  } else {
    drawn.statistics.chosen.precision = study.sampling.sampler.precision;
  }
  drawn.evaluations = drawn.statistics.evaluations_per_row(n_left * request.n_samples);
  drawn.outside_support = stored.share_outside();
  write_attributes(study, request, model.fingerprint(), drawn, before.seconds + stopwatch.seconds(), file);
  file.remove(kDone);
  file.flush();
  file.close();
  if (drawn.outside_support > 0) {
    char share[32];
    std::snprintf(share, sizeof share, "%.3g %%", 100 * drawn.outside_support);
    log.warn("outside_support", std::string("sample: ") + share +
                                    " of the samples have an unknown outside the prior's support" +
                                    (study.model.network == diffusion::Network::mlp
                                         ? "; model.network: gaussian_residual learns within it"
                                         : ""));
  }
  return drawn;
}

}  // namespace scorefem::posterior
