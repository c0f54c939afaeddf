#include "pipeline/certificate/input_check.h"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <limits>
#include <sstream>
#include <stdexcept>

#include "pipeline/base/errors.h"
#include "pipeline/calibration/predictive_check.h"
#include "pipeline/certificate/likely_mistake.h"
#include "pipeline/certificate/result_array.h"
#include "pipeline/dataset/open_dataset.h"
#include "pipeline/dataset/tensor_copy.h"

namespace scorefem::certificate {
namespace {

using posterior::TrainingDistance;
using problem::Measurements;

/// So many warnings are shown, and mistakes looked for.
constexpr std::size_t kShown = 10;

using solver::Matrix;

std::string number(double value) {
  std::ostringstream text;
  text << std::setprecision(value >= 100 && value < 1e6 ? 6 : 3) << value;
  return text.str();
}

std::string percent(double share) {
  return number(100 * share) + " %";
}

std::string name_of(Eigen::Index measurement) {
  return "infer: measurement " + std::to_string(measurement + 1);
}

void warn(base::RunLog& log, const char* event, const std::string& sentence, Misfit& misfit) {
  misfit.warnings.push_back(sentence);
  if (misfit.warnings.size() <= kShown) log.warn(event, sentence);
  if (misfit.warnings.size() == kShown + 1)
    log.warn("more_warnings", "infer: more warnings are not shown; /misfit of the output has all");
}

/// What training sees of measurements.
Measurements seen_by_training(const Measurements& values, const dataset::ObservationEncoding& encoding,
                              const problem::Noise& noise) {
  return encoding.encodes() ? Measurements(encoding.of(values, noise)) : values;
}

/// Where the noise's size had nothing to look at, and where nothing would notice values that are far too
/// small.
void say_what_was_not_checked(const posterior::TrainingMeasurements& training,
                              const Measurements& measurement, const problem::Noise& noise,
                              const dataset::ObservationEncoding& encoding,
                              const std::vector<TrainingDistance>& distances, base::RunLog& log) {
  std::vector<Eigen::Index> unchecked;
  for (std::size_t i = 0; i < distances.size(); ++i) {
    const auto row = static_cast<Eigen::Index>(i);
    if (distances[i].noise_directions == 0 && measurement.n_there(row) > 0) unchecked.push_back(row);
  }
  if (unchecked.empty()) return;
  const bool added = dataset::added_level(noise, encoding) > 0;
  log.info("noise_unchecked", "infer: the size of the noise was not checked in " +
                                  std::to_string(unchecked.size()) + " of " +
                                  std::to_string(distances.size()) + " measurement(s): " +
                                  (added ? "the signal is larger than the noise in all directions"
                                         : "no noise of a known level is added to the observations"));
  if (unchecked.size() > kShown) unchecked.resize(kShown);
  const Measurements of = measurement.rows(unchecked);
  const Measurements zeros(Matrix::Zero(of.rows(), of.columns()), of.there());
  const std::vector<TrainingDistance> found = training.distances(seen_by_training(zeros, encoding, noise));
  if (std::all_of(found.begin(), found.end(), [](const auto& zero) { return zero.conspicuous; })) return;
  log.info("smallness_unchecked",
           "infer: no check can notice values that are far too small here: zeros are as near to the mean of "
           "training as its own measurements");
}

}  // namespace

posterior::TrainingRows known_training_rows(const study::Study& study, const training::TrainedModel& model,
                                            const problem::Noise& noise, const std::string& dataset,
                                            base::RunLog& log) {
  try {
    posterior::TrainingRows rows = posterior::training_rows(model.metadata());
    if (rows.clean.rows() > 0) return rows;
    rows = posterior::training_rows(dataset::open_dataset(study, dataset), noise, model.encoding());
    if (rows.clean.rows() == 0)
      log.warn("unchecked",
               "infer: the measurements are not compared with those of training: too few have a "
               "solution; expected at least 20");
    return rows;
  } catch (const std::invalid_argument& error) {
    throw base::InputError(model.path() + ": " + error.what());
  } catch (const base::InputError& error) {
    log.warn("unchecked",
             std::string("infer: the measurements are not compared with those of training: ") + error.what());
    return {};
  }
}

void check_against_training(const problem::Layout& observations, const posterior::TrainingRows& rows,
                            const Measurements& measurement,
                            const std::shared_ptr<const problem::Noise>& noise,
                            const dataset::ObservationEncoding& encoding, Misfit& misfit, base::RunLog& log) {
  if (rows.clean.rows() == 0) return;
  const Seen seen = [&](const Measurements& values) { return seen_by_training(values, encoding, *noise); };
  const posterior::TrainingMeasurements training(rows, noise, encoding);
  const std::vector<TrainingDistance> distances = training.distances(seen(measurement));
  misfit.training.insert(misfit.training.end(), distances.begin(), distances.end());
  std::vector<Eigen::Index> shown;  // those whose warnings are
  std::size_t n_warnings = misfit.warnings.size();
  for (std::size_t i = 0; i < distances.size() && n_warnings < kShown; ++i) {
    const int n = (distances[i].conspicuous ? 1 : 0) + (distances[i].noise_conspicuous ? 1 : 0);
    if (n > 0) shown.push_back(static_cast<Eigen::Index>(i));
    n_warnings += static_cast<std::size_t>(n);
  }
  const std::vector<std::string> mistakes =
      likely_mistakes(training, measurement.rows(shown), observations, seen);
  std::size_t n_unlike = 0;
  for (Eigen::Index i = 0; i < measurement.rows(); ++i) {
    const TrainingDistance& distance = distances[static_cast<std::size_t>(i)];
    if (!distance.conspicuous && !distance.noise_conspicuous) continue;
    std::string mistake = n_unlike < mistakes.size() ? mistakes[n_unlike] : "";
    ++n_unlike;
    if (!mistake.empty()) mistake.insert(0, "; ");
    if (distance.conspicuous) {
      warn(log, "unlike_training",
           name_of(i) + " is unlike those of training: its squared Mahalanobis distance is " +
               number(distance.squared) + ", in training " + number(distance.expected) + " on average; as " +
               (distance.is_near() ? "near" : "far") + " are " + percent(distance.p_value / 2) + " or fewer" +
               mistake,
           misfit);
    }
    if (distance.noise_conspicuous) {
      const bool smooth = distance.noise_ratio < 1;
      const std::string guess = smooth ? "; are its values in another unit, or without noise?"
                                       : "; is the noise larger than the configuration says?";
      warn(log, "unlike_noise",
           name_of(i) + (smooth ? " is smoother" : " is rougher") +
               " than the noise of training allows: the part of it that is mostly noise has " +
               number(std::sqrt(distance.noise_ratio)) + " times the size that it has in training, p = " +
               number(distance.noise_p_value) + (mistake.empty() ? guess : mistake),
           misfit);
    }
  }
  say_what_was_not_checked(training, measurement, *noise, encoding, distances, log);
}

void check_repetition(const Measurements& rows, const problem::Noise& noise, Misfit& misfit,
                      base::RunLog& log) {
  constexpr double kConspicuous = 0.001;
  const double p_value = repetition_p_value(rows, noise);
  misfit.repetition = Verdict{p_value, p_value < kConspicuous};
  if (misfit.repetition->conspicuous) {
    warn(log, "unlike_each_other",
         "infer: the rows differ from each other by more than their noise allows, p = " + number(p_value) +
             "; are they measurements of the same unknowns?",
         misfit);
  }
}

void check_against_prediction(const posterior::Posterior& posterior,
                              const std::optional<calibration::PredictiveModel>& model,
                              const Inverted& inverted, Misfit& misfit, base::RunLog& log) {
  // Half of 1 in 1000: a posterior predictive p-value of a model that is right may be small twice as often.
  constexpr double kConspicuous = 0.0005;
  const Measurements& measurement = inverted.measured;
  misfit.prediction.assign(static_cast<std::size_t>(measurement.rows()),
                           {std::numeric_limits<double>::quiet_NaN(), false});
  if (!model) return;
  for (Eigen::Index i = 0; i < measurement.rows(); ++i) {
    const Eigen::Index n_observations = measurement.n_there(i);
    if (n_observations == 0) continue;
    const Matrix samples = posterior.samples(i);
    const Matrix predicted = model->observe(samples.topRows(std::min(samples.rows(), model->n_samples)));
    const Matrix chi = calibration::chi_squared(predicted, measurement.row(i), *inverted.noise);
    const double p_value = calibration::predictive_p_value(chi, n_observations);
    Verdict& verdict = misfit.prediction[static_cast<std::size_t>(i)];
    verdict = {p_value, p_value < kConspicuous};
    if (verdict.conspicuous) {
      warn(log, "unlike_prediction",
           name_of(i) + " is unlike what its posterior predicts: chi^2 for each observation is " +
               number(chi.mean() / static_cast<double>(n_observations)) +
               ", expected 1; as large by chance in " + percent(p_value) + " of cases",
           misfit);
    }
  }
}

void write_misfit(const std::string& path, const Misfit& misfit) {
  base::Hdf5File file = base::Hdf5File::open(path, base::Hdf5File::Access::write);
  file.create_group("/misfit");
  const auto write = [&](const char* name, const char* axes, const auto& all, const auto& value) {
    if (all.empty()) return;
    Matrix values(static_cast<Eigen::Index>(all.size()), 1);
    for (std::size_t i = 0; i < all.size(); ++i) values(static_cast<Eigen::Index>(i), 0) = value(all[i]);
    write_result(file, std::string("/misfit/") + name, values, "1", axes);
  };
  const auto write_of_row = [&](const char* name, auto TrainingDistance::*member) {
    write(name, "row", misfit.training, [&](const TrainingDistance& one) { return one.*member; });
  };
  write_of_row("squared_distance", &TrainingDistance::squared);
  write_of_row("distance_p_value", &TrainingDistance::p_value);
  write_of_row("distance_warned", &TrainingDistance::conspicuous);
  write_of_row("noise_ratio", &TrainingDistance::noise_ratio);
  write_of_row("noise_p_value", &TrainingDistance::noise_p_value);
  write_of_row("noise_warned", &TrainingDistance::noise_conspicuous);
  const auto write_verdicts = [&](const std::string& check, const std::vector<Verdict>& all) {
    write((check + "_p_value").c_str(), "measurement", all, [](const Verdict& one) { return one.p_value; });
    write((check + "_warned").c_str(), "measurement", all,
          [](const Verdict& one) { return one.conspicuous; });
  };
  write_verdicts("predictive", misfit.prediction);
  if (misfit.repetition) write_verdicts("repetition", {*misfit.repetition});
  file.close();
}

}  // namespace scorefem::certificate
