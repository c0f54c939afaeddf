#include "pipeline/commands/infer.h"

#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "diffusion/training/checkpoint.h"
#include "pipeline/base/atomic_file.h"
#include "pipeline/base/csv.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/interrupt.h"
#include "pipeline/calibration/predictive_model.h"
#include "pipeline/certificate/answer_table.h"
#include "pipeline/certificate/correction.h"
#include "pipeline/certificate/exact_posteriors.h"
#include "pipeline/certificate/input_check.h"
#include "pipeline/certificate/learnt_density.h"
#include "pipeline/certificate/result_array.h"
#include "pipeline/dataset/open_dataset.h"
#include "pipeline/dataset/resolved_noise.h"
#include "pipeline/posterior/draw_posterior.h"
#include "pipeline/posterior/posterior_file.h"
#include "pipeline/study/load_study.h"
#include "pipeline/training/diffusion_errors.h"
#include "pipeline/training/trained_model.h"

namespace scorefem::commands {
namespace {

using certificate::CorrectedPosterior;
using certificate::NamedAnswer;
using truth::ReferencePosterior;

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

/// The run's data set, if it is there and that of the configuration.
std::optional<dataset::Dataset> run_dataset(const study::StageContext& context) {
  try {
    return dataset::open_dataset(context);
  } catch (const base::InputError&) {
    return std::nullopt;
  }
}

/// What is asked of the configuration for exact posteriors.
void require_likelihood(const study::Study& study, const problem::Noise& noise) {
  const std::string expected =
      "; expected a prior and a noise with a likelihood, which --reference and --correct need";
  if (!study::make_prior(study)) throw base::InputError("the prior is not known" + expected);
  if (!study.forward->simulates()) throw base::InputError("there is no forward model" + expected);
  if (!noise.has_likelihood()) throw base::InputError("the noise is unknown, or 0" + expected);
}

std::unique_ptr<const truth::StudyPosterior> exact_posterior(const study::StageContext& context,
                                                             const std::optional<dataset::Dataset>& dataset,
                                                             const posterior::PosteriorRequest& request,
                                                             std::function<void(long)> tick) {
  return std::make_unique<truth::StudyPosterior>(
      context.study, dataset && dataset->has_response() ? std::optional(dataset->response()) : std::nullopt,
      request.noise, std::move(tick));
}

std::vector<ReferencePosterior> draw_exact(const study::StageContext& context,
                                           const std::optional<dataset::Dataset>& dataset,
                                           const posterior::PosteriorRequest& request) {
  base::Progress progress(context.log, "reference", "measurements");
  Eigen::Index n_done = 0;
  const auto tick = [&](long n_solves) {
    base::stop_if_interrupted("nothing is kept of measurements under way");
    char detail[64];
    std::snprintf(detail, sizeof detail, "%.3g forward solves", static_cast<double>(n_solves));
    progress.update(n_done, request.measurement.rows(), n_solves > 0 ? detail : "");
  };
  const auto posterior = exact_posterior(context, dataset, request, tick);
  auto exact = certificate::exact_posteriors(*posterior, request.measurement,
                                             [&](Eigen::Index done) { n_done = done; });
  for (std::size_t i = 0; i < exact.size(); ++i) {
    if (exact[i].converged) continue;
    context.log.warn("not_converged", "infer: the chains of measurement " + std::to_string(i + 1) +
                                          " did not converge: do not compare with them; more "
                                          "reference.max_iterations may help");
  }
  return exact;
}

std::vector<CorrectedPosterior> correct(const study::StageContext& context,
                                        const std::optional<dataset::Dataset>& dataset,
                                        const posterior::PosteriorRequest& request) {
  const auto posterior = exact_posterior(context, dataset, request, [](long) {
    base::stop_if_interrupted("nothing is kept of measurements under way");
  });
  const auto model = diffusion::load_model(context.paths.checkpoint, context.study.training.device);
  const certificate::Correction correction(context.study, *model, *posterior, request.noise);
  base::Progress progress(context.log, "correct", "measurements");
  std::vector<CorrectedPosterior> corrected;
  for (Eigen::Index i = 0; i < request.measurement.rows(); ++i) {
    corrected.push_back(training::with_input_errors("infer --correct", [&] {
      return correction.correct(request.measurement.row(i), request.n_samples, i);
    }));
    progress.update(i + 1, request.measurement.rows(), "");
  }
  return corrected;
}

/// "effective draws 812 of 1000, k-hat 0.21: trustworthy"
std::string verdict(const CorrectedPosterior& corrected) {
  char text[160];
  std::snprintf(text, sizeof text, "corrected: %.0f effective draws of %ld, k-hat %.2f: %s",
                corrected.weights.effective, static_cast<long>(corrected.weighted.rows()),
                corrected.weights.khat, corrected.trustworthy ? "trustworthy" : "NOT TO BE TRUSTED");
  return text;
}

std::string diagnostics(const ReferencePosterior& exact) {
  char text[160];
  std::snprintf(text, sizeof text,
                "exact, by Markov chains: R-hat %.4f, at least %.0f effective draws in bulk, %.0f in tail%s",
                exact.rhat.maxCoeff(), exact.ess_bulk.minCoeff(), exact.ess_tail.minCoeff(),
                exact.converged ? "" : "; NOT CONVERGED");
  return text;
}

std::optional<solver::Matrix> read_unknowns(const study::Study& study, const std::string& path) {
  if (path.empty()) return std::nullopt;
  return base::read_csv(path, static_cast<int>(study.forward->unknowns().size()),
                        base::MissingValues::rejected);
}

/// /density/unknowns and /density/log_density.
void write_densities(const study::StageContext& context, const posterior::PosteriorRequest& request,
                     const dataset::ObservationEncoding& encoding, const solver::Matrix& unknowns,
                     const std::string& path) {
  const auto model = diffusion::load_model(context.paths.checkpoint, context.study.training.device);
  const solver::Matrix density = training::with_input_errors("infer --density", [&] {
    return certificate::learnt_log_density(context.study, *model, request.measurement, *request.noise,
                                           encoding, unknowns);
  });
  base::Hdf5File file = base::Hdf5File::open(path, base::Hdf5File::Access::write);
  file.create_group("/density");
  certificate::write_result(file, "/density/unknowns", unknowns, "of each unknown, see /unknowns/unit",
                            "vector, unknown");
  certificate::write_result(file, "/density/log_density", density, "1", "measurement, vector");
  file.close();
  for (Eigen::Index i = 0; i < density.rows(); ++i) {
    for (Eigen::Index j = 0; j < density.cols(); ++j)
      std::printf("measurement %ld, unknowns %ld: log density %.6g\n", static_cast<long>(i + 1),
                  static_cast<long>(j + 1), density(i, j));
  }
}

void print_answers(const posterior::Posterior& posterior, const std::vector<ReferencePosterior>& exact,
                   const std::vector<CorrectedPosterior>& corrected, const problem::Layout& unknowns) {
  const auto n = static_cast<std::size_t>(posterior.n_measurements());
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<NamedAnswer> answers = {
        {"learnt", certificate::AnswerSummary::of(posterior.samples(static_cast<Eigen::Index>(i)))}};
    std::string title = "measurement " + std::to_string(i + 1);
    if (!corrected.empty()) {
      title += " (" + verdict(corrected[i]) + ")";
      if (corrected[i].trustworthy) {
        answers.push_back({"corrected", certificate::AnswerSummary::of(corrected[i].samples)});
        answers.back().summary.mean = corrected[i].mean;
        answers.back().summary.standard_deviation = corrected[i].standard_deviation;
      }
    }
    if (!exact.empty()) {
      answers.push_back({"exact", certificate::AnswerSummary::of(exact[i].samples)});
      answers.back().summary.mean = exact[i].mean;
      answers.back().summary.standard_deviation = exact[i].standard_deviation;
    }
    if (n > certificate::kTables) {
      std::fputs(certificate::answer_line(title, unknowns, answers).c_str(), stdout);
    } else {
      if (!exact.empty()) title += " (" + diagnostics(exact[i]) + ")";
      std::fputs(certificate::answer_table(title, unknowns, answers).c_str(), stdout);
    }
  }
  std::fflush(stdout);
}

}  // namespace

void infer(const study::StageContext& context, const InferOptions& options) {
  const study::Study& study = context.study;
  const problem::Layout observations = study.forward->observations();
  require_own_file(context.paths, options.output, options.measurement);
  posterior::PosteriorRequest request;
  request.measurement = base::read_csv(options.measurement, static_cast<int>(observations.size()),
                                       base::MissingValues::allowed);
  training::require_matching_checkpoint(study, context.paths.checkpoint);
  const dataset::ObservationEncoding encoding = training::checkpoint_encoding(context.paths.checkpoint);
  if (encoding.encodes()) {
    encoding.require_known(request.measurement, observations, options.measurement);
  } else if (!study.model.masked) {
    require_all_observations(request.measurement, observations, options.measurement);
  }
  const auto metadata = diffusion::read_checkpoint_summary(context.paths.checkpoint).metadata;
  request.noise = dataset::resolve_noise(study, observations, std::stod(metadata.at("noise_unit"))).noise;
  request.n_samples = study.sampling.samples;
  if (options.solves()) require_likelihood(study, *request.noise);
  const std::optional<solver::Matrix> asked = read_unknowns(study, options.density);

  // Before anything is drawn: the sampler may fail for values that were never meant.
  certificate::Misfit misfit;
  certificate::check_against_training(context, certificate::known_training_rows(context, metadata, encoding),
                                      request.measurement, request.noise, encoding, misfit);
  base::AtomicFile output(options.output);
  const study::Origin origin{study::sampling_inputs(study),
                             study::ResultVersion::kPosterior,
                             {{"trained model", training::checkpoint_fingerprint(context.paths.checkpoint)}}};
  try {
    posterior::draw_posterior(context, context.paths.checkpoint, request, origin, output.temporary_path());
  } catch (const base::Interrupted&) {
    throw;
  } catch (const std::exception& error) {
    if (misfit.warnings.empty()) throw;
    throw base::InputError(options.measurement + ": " + misfit.warnings.front() + "; " + error.what());
  }
  const std::optional<dataset::Dataset> dataset = run_dataset(context);
  {
    const posterior::Posterior posterior(output.temporary_path());
    std::optional<calibration::PredictiveModel> model;
    if (request.noise->has_likelihood() && (dataset || !study.forward->is_linear() || options.solves()))
      model = calibration::predictive_model(context, dataset ? &*dataset : nullptr);
    certificate::check_against_prediction(context, posterior, model, *request.noise, misfit);
  }
  certificate::write_misfit(output.temporary_path(), misfit);
  std::vector<ReferencePosterior> exact;
  if (options.reference) {
    exact = draw_exact(context, dataset, request);
    certificate::write_exact(output.temporary_path(), exact);
  }
  std::vector<CorrectedPosterior> corrected;
  if (options.correct) {
    corrected = correct(context, dataset, request);
    certificate::write_corrected(output.temporary_path(), corrected);
  }
  if (asked) write_densities(context, request, encoding, *asked, output.temporary_path());
  output.commit();
  print_answers(posterior::Posterior(options.output), exact, corrected, study.forward->unknowns());
  if (options.strict && !misfit.warnings.empty())
    throw base::NotCalibrated("a measurement is not like those that the model was trained for (--strict)");
}

}  // namespace scorefem::commands
