#include "pipeline/commands/infer.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <iomanip>
#include <optional>
#include <sstream>

#include "pipeline/base/atomic_file.h"
#include "pipeline/base/csv.h"
#include "pipeline/base/errors.h"
#include "pipeline/calibration/metrics.h"
#include "pipeline/calibration/predictive_check.h"
#include "pipeline/calibration/predictive_model.h"
#include "pipeline/dataset/open_dataset.h"
#include "pipeline/dataset/resolved_noise.h"
#include "pipeline/posterior/draw_posterior.h"
#include "pipeline/posterior/posterior_file.h"
#include "pipeline/posterior/training_distance.h"
#include "pipeline/study/load_study.h"
#include "pipeline/training/trained_model.h"

namespace scorefem::commands {
namespace {

/// The samples of the user's measurements must not take the place of a file of the run's own.
void require_own_file(const study::OutputPaths& paths, const std::string& output, const std::string& input) {
  std::vector<std::string> others = paths.files();
  others.push_back(input);
  for (const std::string& file : others) {
    if (std::filesystem::weakly_canonical(output) != std::filesystem::weakly_canonical(file)) continue;
    throw base::InputError("--output " + output + ": would replace " +
                           (file == input ? "the measurements" : "a file of the run") +
                           "; expected another name");
  }
}

void require_all_observations(const solver::Matrix& measurement, const problem::Layout& observations,
                              const std::string& path) {
  for (Eigen::Index i = 0; i < measurement.rows(); ++i) {
    for (Eigen::Index j = 0; j < measurement.cols(); ++j) {
      if (measurement(i, j) == measurement(i, j)) continue;
      throw base::InputError(path + ": measurement " + std::to_string(i + 1) + ", " + observations[j].name +
                             " is missing; expected all observations: the model was not trained with masks "
                             "(model.masked)");
    }
  }
}

void print_table(const posterior::Posterior& posterior, const problem::Layout& unknowns) {
  std::size_t width = 8;
  for (const std::string& name : unknowns.names()) width = std::max(width, name.size());
  for (Eigen::Index i = 0; i < posterior.n_measurements(); ++i) {
    const base::PosteriorMoments moments = calibration::sample_moments(posterior.samples(i));
    std::printf("measurement %ld\n  %-*s %12s %12s\n", static_cast<long>(i + 1), static_cast<int>(width),
                "unknown", "mean", "sd");
    for (Eigen::Index j = 0; j < unknowns.size(); ++j) {
      std::printf("  %-*s %12.5g %12.4g %s\n", static_cast<int>(width), unknowns[j].name.c_str(),
                  moments.mean(0, j), moments.standard_deviation(0, j), unknowns[j].unit.c_str());
    }
  }
  std::fflush(stdout);
}

/// What tells that a measurement may not be one that the model was trained for.
struct Misfit {
  solver::Matrix distance;            // [n, 1] TrainingDistance::squared
  solver::Matrix distance_p_value;    // [n, 1]
  solver::Matrix predictive_p_value;  // [n, 1]; NaN without noise or sensors
};

std::string percent(double share) {
  std::ostringstream text;
  text << std::setprecision(2) << 100 * share << " %";
  return text.str();
}

/// Compares each measurement with those of training and with what its posterior predicts.
Misfit check_measurements(const study::StageContext& context, const dataset::Dataset& dataset,
                          const posterior::Posterior& posterior, const problem::Noise& noise,
                          const dataset::ObservationEncoding& encoding) {
  // Half of 1 in 1000: a posterior predictive p-value of a model that is right may be small twice as often.
  constexpr double kConspicuous = 0.0005;
  posterior::TrainingMeasurements training(dataset, noise, encoding);
  const solver::Matrix measurement = posterior.measurement();
  const solver::Matrix seen = encoding.encodes() ? encoding.of(measurement, noise) : measurement;
  const solver::Matrix unknown = solver::Matrix::Constant(measurement.rows(), 1, NAN);
  Misfit misfit{unknown, unknown, unknown};
  std::optional<calibration::PredictiveModel> model;
  if (noise.has_likelihood()) model = calibration::predictive_model(context, dataset);
  for (Eigen::Index i = 0; i < measurement.rows(); ++i) {
    const std::string name = "infer: measurement " + std::to_string(i + 1);
    const Eigen::Index n_observations = calibration::n_on(measurement.row(i));
    const posterior::TrainingDistance distance = training.distance(seen.row(i));
    misfit.distance(i, 0) = distance.squared;
    misfit.distance_p_value(i, 0) = distance.p_value;
    if (distance.conspicuous) {
      context.log.warn("unlike_training",
                       name + " is unlike those of training: its squared Mahalanobis distance is " +
                           std::to_string(std::lround(distance.squared)) + ", in training " +
                           std::to_string(encoding.encodes() ? seen.cols() : n_observations) +
                           " on average; at least as far are " + percent(distance.p_value) + " or fewer");
    }
    if (!model || n_observations == 0) continue;
    const solver::Matrix samples = posterior.samples(i);
    const solver::Matrix predicted =
        model->observe(samples.topRows(std::min(samples.rows(), model->n_samples)));
    const solver::Matrix chi = calibration::chi_squared(predicted, measurement.row(i).transpose(), noise);
    const double p_value = calibration::predictive_p_value(chi, n_observations);
    misfit.predictive_p_value(i, 0) = p_value;
    if (p_value < kConspicuous) {
      std::ostringstream chi_text;
      chi_text << std::setprecision(3) << chi.mean() / static_cast<double>(n_observations);
      context.log.warn("unlike_prediction",
                       name + " is unlike what its posterior predicts: chi^2 for each observation is " +
                           chi_text.str() + ", expected 1; as large by chance in " + percent(p_value) +
                           " of cases");
    }
  }
  return misfit;
}

/// The run's data set, which the model was trained on; none, with a warning, if it cannot be used (any more).
std::optional<dataset::Dataset> training_data(const study::StageContext& context) {
  try {
    return dataset::open_dataset(context);
  } catch (const base::InputError& error) {
    context.log.warn(
        "unchecked",
        std::string("infer: the measurements are not compared with those of training: ") + error.what());
    return std::nullopt;
  }
}

void write_misfit(const std::string& path, const Misfit& misfit) {
  base::Hdf5File file = base::Hdf5File::open(path, base::Hdf5File::Access::write);
  file.create_group("/misfit");
  const std::pair<const char*, const solver::Matrix&> arrays[] = {
      {"/misfit/squared_distance", misfit.distance},
      {"/misfit/distance_p_value", misfit.distance_p_value},
      {"/misfit/predictive_p_value", misfit.predictive_p_value}};
  for (const auto& [name, values] : arrays) {
    file.create_array(name, {static_cast<hsize_t>(values.rows())});
    file.write_rows(name, 0, static_cast<hsize_t>(values.rows()), values.data());
    file.set_attribute(name, "unit", std::string("1"));
    file.set_attribute(name, "axes", std::string("measurement"));
  }
  file.close();
}

}  // namespace

void infer(const study::StageContext& context, const std::string& measurement_path,
           const std::string& output_path) {
  const study::Study& study = context.study;
  require_own_file(context.paths, output_path, measurement_path);
  const problem::Layout observations = study.forward->observations();
  posterior::PosteriorRequest request;
  request.measurement =
      base::read_csv(measurement_path, static_cast<int>(observations.size()), base::MissingValues::allowed);
  training::require_matching_checkpoint(study, context.paths.checkpoint);
  const dataset::ObservationEncoding encoding = training::checkpoint_encoding(context.paths.checkpoint);
  if (encoding.encodes()) {
    encoding.require_known(request.measurement, observations, measurement_path);
  } else if (!study.model.masked) {
    require_all_observations(request.measurement, observations, measurement_path);
  }
  const double noise_unit = training::checkpoint_noise_unit(context.paths.checkpoint);
  request.noise = dataset::resolve_noise(study, observations, noise_unit).noise;
  request.n_samples = study.sampling.samples;
  const std::optional<dataset::Dataset> dataset = training_data(context);
  base::AtomicFile output(output_path);
  const study::Origin origin{study::sampling_inputs(study),
                             study::ResultVersion::kPosterior,
                             {{"trained model", training::checkpoint_fingerprint(context.paths.checkpoint)}}};
  posterior::draw_posterior(context, context.paths.checkpoint, request, origin, output.temporary_path());
  if (dataset) {
    const Misfit misfit = check_measurements(context, *dataset, posterior::Posterior(output.temporary_path()),
                                             *request.noise, encoding);
    write_misfit(output.temporary_path(), misfit);
  }
  output.commit();
  print_table(posterior::Posterior(output_path), study.forward->unknowns());
}

}  // namespace scorefem::commands
