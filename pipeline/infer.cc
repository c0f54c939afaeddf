#include "pipeline/infer.h"

#include <cstdio>

#include "diffusion/checkpoint.h"
#include "pipeline/csv.h"
#include "pipeline/errors.h"
#include "pipeline/metrics.h"
#include "pipeline/noise_level.h"
#include "pipeline/posterior_file.h"
#include "pipeline/train.h"

namespace scorefem {
namespace {

void require_all_sensors(const solver::Matrix& measurement, const std::string& path) {
  for (Eigen::Index i = 0; i < measurement.rows(); ++i) {
    for (Eigen::Index j = 0; j < measurement.cols(); ++j) {
      if (measurement(i, j) == measurement(i, j)) continue;
      throw InputError(
          path + ": measurement " + std::to_string(i + 1) + ", sensor " + std::to_string(j + 1) +
          " is missing; expected all sensors: the model was not trained with masks (model.masked)");
    }
  }
}

void print_table(const Posterior& posterior, const std::vector<solver::FluxSegment>& segments) {
  for (Eigen::Index i = 0; i < posterior.n_measurements(); ++i) {
    const PosteriorMoments moments = sample_moments(posterior.samples(i));
    std::printf("measurement %ld\n  wall   segment     from       to      mean        sd\n",
                static_cast<long>(i + 1));
    for (std::size_t j = 0; j < segments.size(); ++j) {
      const bool lower = segments[j].wall == solver::Wall::lower;
      const std::size_t number = lower ? j + 1 : j + 1 - segments.size() / 2;
      const auto column = static_cast<Eigen::Index>(j);
      std::printf("  %-5s %8zu %8.3f %8.3f %9.4f %9.4f\n", lower ? "lower" : "upper", number,
                  segments[j].x_begin, segments[j].x_end, moments.mean(0, column),
                  moments.standard_deviation(0, column));
    }
  }
  std::fflush(stdout);
}

}  // namespace

void infer(const StageContext& context, const std::string& measurement_path, const std::string& output_path) {
  const Study& study = context.study;
  const auto n_sensors = static_cast<int>(study.sensors.resolved().size());
  PosteriorRequest request;
  request.measurement = read_csv(measurement_path, n_sensors, MissingValues::allowed);
  if (!study.model.masked) require_all_sensors(request.measurement, measurement_path);
  require_matching_checkpoint(study, context.paths.checkpoint);
  const auto metadata = diffusion::read_checkpoint_summary(context.paths.checkpoint).metadata;
  request.noise_std = resolve_noise(study, std::stod(metadata.at("noise_unit"))).measurement;
  request.n_samples = study.sampling.samples;
  write_posterior(context, context.paths.checkpoint, request, sampling_inputs(study), output_path);
  print_table(Posterior(output_path), solver::flux_segments(study.forward.channel));
}

}  // namespace scorefem
