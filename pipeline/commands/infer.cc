#include "pipeline/commands/infer.h"

#include <cstdio>
#include <limits>
#include <optional>
#include <vector>

#include "diffusion/sampling/sampling_failure.h"
#include "pipeline/base/atomic_file.h"
#include "pipeline/base/csv.h"
#include "pipeline/base/errors.h"
#include "pipeline/calibration/predictive_model.h"
#include "pipeline/certificate/answers.h"
#include "pipeline/certificate/correction.h"
#include "pipeline/certificate/exact_posteriors.h"
#include "pipeline/certificate/input_check.h"
#include "pipeline/certificate/inverted.h"
#include "pipeline/certificate/learnt_density.h"
#include "pipeline/dataset/open_dataset.h"
#include "pipeline/dataset/resolved_noise.h"
#include "pipeline/posterior/content_seed.h"
#include "pipeline/posterior/draw_posterior.h"
#include "pipeline/posterior/posterior_file.h"
#include "pipeline/study/load_study.h"
#include "pipeline/training/diffusion_errors.h"
#include "pipeline/training/trained_model.h"

namespace scorefem::commands {
namespace {

using certificate::Inverted;
using problem::Measurements;
using solver::Matrix;

void require_all_observations(const Measurements& measurement, const study::Study& study,
                              const std::string& path) {
  const problem::Layout observations = study.forward->observations();
  const char* const cure =
      study.forward->simulates()
          ? "the model was not trained with masks (model.masked)"
          : "none was missing in the pairs that it was trained on (forward.nan: missing)";
  for (Eigen::Index i = 0; i < measurement.rows(); ++i) {
    for (Eigen::Index j = 0; j < measurement.columns(); ++j) {
      if (measurement.there()(i, j)) continue;
      throw base::InputError(path + ": measurement " + std::to_string(i + 1) + ", " + observations[j].name +
                             " is missing; expected all observations: " + cure);
    }
  }
}

/// What is asked, read and checked.
struct Question {
  training::TrainedModel model;
  Measurements rows;                            // of the CSV
  std::shared_ptr<const problem::Noise> noise;  // of a row
  dataset::ObservationEncoding encoding;
  Inverted inverted;
  std::optional<certificate::DensityQuestion> density;
  std::uint64_t seed = 0;
};

Question read_question(const study::StageContext& context, const InferOptions& options) {
  const study::Study& study = context.study;
  const problem::Layout observations = study.forward->observations();
  Question question{training::open_model(study, context.paths.checkpoint), {}, nullptr, {}, {}, {}, 0};
  question.rows = Measurements::from_nan(
      base::read_csv(options.measurement, observations.names(), base::MissingValues::allowed));
  question.encoding = question.model.encoding();
  if (question.encoding.encodes() && (options.correct || options.repeated)) {
    throw base::InputError(std::string(question.encoding.without_likelihood()) +
                           ": there is no likelihood of them; expected neither --correct nor --repeated");
  }
  question.noise = dataset::resolve_noise(study, observations, question.model.noise_unit()).noise;
  question.inverted = options.repeated ? Inverted::together(question.rows, question.noise,
                                                            question.model.summary().setup.noise)
                                       : Inverted::each(question.rows, question.noise);
  if (question.encoding.encodes()) {
    question.encoding.require_known(question.rows, observations, options.measurement);
  } else if (!study.model.masked) {
    require_all_observations(question.inverted.seen, study, options.measurement);
  }
  if (!question.inverted.exact && !options.correct) {
    throw base::InputError("--repeated: " + question.inverted.difference +
                           "; expected --correct too, which weights the samples to what all rows say");
  }
  if (options.reference) certificate::require_likelihood(study, *question.noise);
  if (options.correct) certificate::require_weights(study, *question.noise);
  if (!options.density.empty()) {
    question.density = certificate::DensityQuestion::of(
        study, question.model.coordinates(),
        base::read_csv(options.density, study.forward->unknowns().names(), base::MissingValues::rejected),
        options.density);
  }
  question.seed = posterior::content_seed(study.seed, question.rows);
  return question;
}

/// The response of a linear model, from the model file, or else from the run's data set.
std::optional<Matrix> response(const study::StageContext& context, const posterior::Metadata& metadata) {
  if (auto known = posterior::known_response(metadata)) return known;
  try {
    const dataset::Dataset dataset = dataset::open_dataset(context.study, context.paths.dataset);
    if (dataset.has_response()) return dataset.response();
  } catch (const base::InputError&) {
    // Gone, or of another configuration by now.
  }
  return std::nullopt;
}

void draw_learnt(const study::StageContext& context, const Question& question, bool strict,
                 const certificate::Misfit& misfit, const std::string& path) {
  posterior::PosteriorRequest request;
  request.measurement = question.inverted.seen;
  request.noise = question.inverted.seen_noise;
  request.n_samples = context.study.sampling.samples;
  request.seed = question.seed;
  const study::Origin origin{study::sampling_inputs(context.study),
                             study::ResultVersion::kPosterior,
                             {{"trained model", question.model.fingerprint()}}};
  try {
    posterior::draw_posterior(context.study, question.model, request, origin, path, context.log);
  } catch (const diffusion::SamplingFailure& error) {
    // Values that were never meant are the reason, not the sampler.
    if (misfit.warnings.empty()) throw;
    const std::string reason = misfit.warnings.front() + "; " + error.what();
    if (strict) throw base::NotCalibrated(reason);
    throw base::InputError(reason);
  }
}

void answer_densities(const study::StageContext& context, const Question& question, const std::string& path) {
  const auto network = question.model.network(context.study.training.device);
  const certificate::LearntDensity density = training::with_input_errors("infer --density", [&] {
    return certificate::learnt_log_density(*network, question.inverted.seen, *question.inverted.seen_noise,
                                           question.encoding, *question.density);
  });
  for (const Eigen::Index i : density.inexact)
    context.log.warn("inexact_density", std::string("infer: the densities of measurement ") +
                                            std::to_string(i + 1) +
                                            " may be off by more than 0.01 in their logarithm: the flow is "
                                            "too rough for the most steps that are taken");
  certificate::write_densities(path, question.density->unknowns, density);
  const Matrix& values = density.log_density;
  for (Eigen::Index i = 0; i < values.rows(); ++i) {
    for (Eigen::Index j = 0; j < values.cols(); ++j)
      std::printf("measurement %ld, unknowns %ld: log density %.6g\n", static_cast<long>(i + 1),
                  static_cast<long>(j + 1), values(i, j));
  }
}

}  // namespace

void infer(const study::StageContext& context, const InferOptions& options) {
  const study::Study& study = context.study;
  const Question question = read_question(context, options);
  const Inverted& inverted = question.inverted;
  base::AtomicFile output(options.output);
  const std::string& path = output.temporary_path();

  // Before anything is drawn: the sampler may fail for values that were never meant.
  certificate::Misfit misfit;
  certificate::check_against_training(study.forward->observations(),
                                      certificate::known_training_rows(study, question.model, *question.noise,
                                                                       context.paths.dataset, context.log),
                                      question.rows, question.noise, question.encoding, misfit, context.log);
  if (options.repeated) certificate::check_repetition(question.rows, *question.noise, misfit, context.log);
  draw_learnt(context, question, options.strict, misfit, path);
  const std::optional<Matrix> known = response(context, question.model.metadata());
  if (inverted.noise->has_likelihood() && (known || !study.forward->is_linear() || options.solves()))
    certificate::check_against_prediction(posterior::Posterior(path),
                                          calibration::predictive_model(study, known, context.log), inverted,
                                          misfit, context.log);
  certificate::write_misfit(path, misfit);

  std::vector<truth::ReferencePosterior> exact;
  if (options.reference) {
    exact = certificate::exact_posteriors(study, known, inverted, question.seed, context.log);
    certificate::write_exact(path, exact);
  }
  std::vector<certificate::CorrectedPosterior> corrected;
  if (options.correct) {
    corrected =
        certificate::corrected_posteriors(study, question.model, known, inverted, question.seed, context.log);
    certificate::write_corrected(path, corrected);
  }
  if (question.density) answer_densities(context, question, path);
  output.commit();
  certificate::print_answers(posterior::Posterior(options.output), exact, corrected,
                             study.forward->unknowns());
  if (options.strict && !misfit.warnings.empty())
    throw base::NotCalibrated("a measurement is not like those that the model was trained for (--strict)");
}

}  // namespace scorefem::commands
