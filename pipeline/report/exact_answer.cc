#include "pipeline/report/exact_answer.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "pipeline/base/errors.h"
#include "pipeline/base/streams.h"
#include "pipeline/study/load_study.h"
#include "pipeline/truth/gaussian_answer.h"
#include "pipeline/truth/gaussian_posterior.h"

namespace scorefem::report {
namespace {

using solver::Matrix;

base::PosteriorMoments unknown_moments(const posterior::Posterior& posterior) {
  const Matrix unknown = Matrix::Constant(posterior.n_measurements(), posterior.n_unknowns(), NAN);
  return {unknown, unknown};
}

/// They are joined by their row.
void require_same_measurements(const truth::Reference& reference, const posterior::Posterior& posterior) {
  const problem::Measurements theirs = reference.measurement(), ours = posterior.measurement();
  const Eigen::Index n = std::min(theirs.rows(), ours.rows());
  if (truth::same_measurements(theirs.rows(0, n), ours.rows(0, n))) return;
  throw base::InputError(
      "reference.h5 and posterior.h5 answer different measurements; make both from the same data set: run "
      "`scorefem reference` and `scorefem sample` with --force");
}

ExactAnswer from_reference(const std::shared_ptr<const truth::Reference>& reference,
                           const posterior::Posterior& posterior) {
  require_same_measurements(*reference, posterior);
  const std::vector<bool> converged = reference->converged();
  const auto has = [converged](Eigen::Index i) {
    return i < static_cast<Eigen::Index>(converged.size()) && converged[static_cast<std::size_t>(i)];
  };
  ExactAnswer exact{"reference",
                    reference->origin().inputs,
                    {has, [reference](Eigen::Index i) { return reference->samples(i); }},
                    unknown_moments(posterior)};
  const Matrix mean = reference->mean(), standard_deviation = reference->standard_deviation();
  for (Eigen::Index i = 0; i < posterior.n_measurements(); ++i) {
    if (!has(i)) continue;
    exact.moments.mean.row(i) = mean.row(i);
    exact.moments.standard_deviation.row(i) = standard_deviation.row(i);
  }
  return exact;
}

/// Whether the posterior is Gaussian but for the clipping: a linear model, additive noise, and a prior that
/// is Gaussian, or a clipped one.
bool has_closed_form(const dataset::Dataset& dataset, const problem::Prior* prior,
                     const problem::Noise& noise) {
  return dataset.has_response() && noise.is_additive() && !noise.is_unknown() && prior != nullptr &&
         (prior->is_gaussian() || prior->is_clipped());
}

/// G in the noise's standard coordinates.
Matrix standard_response(const dataset::Dataset& dataset, const problem::Noise& noise) {
  return noise.standardise(dataset.response().transpose()).transpose();
}

ExactAnswer from_closed_form(const study::Study& study, const dataset::Dataset& dataset,
                             const posterior::Posterior& posterior,
                             const std::shared_ptr<const problem::Prior>& prior,
                             const problem::Noise& noise) {
  const auto gaussian = std::make_shared<const truth::GaussianAnswer>(
      truth::prior_moments(*prior, standard_response(dataset, noise)),
      noise.standardised(posterior.measurement()), noise.level(),
      [prior](const Matrix& v) { return prior->unknowns(v); }, [](const Matrix& x) { return x; },
      diffusion::CounterRandom(study.seed, base::streams::gaussian_answer, 1));
  const Eigen::Index n_samples = posterior.n_samples();
  return {"closed_form",
          "",
          {[](Eigen::Index) { return true; },
           [gaussian, n_samples](Eigen::Index i) { return gaussian->samples(i, n_samples); }},
          closed_form_moments(study, dataset, posterior, noise)};
}

}  // namespace

std::shared_ptr<const truth::Reference> usable_reference(const study::Study& study, const std::string& path,
                                                         base::RunLog& log) {
  if (!std::filesystem::exists(path)) return nullptr;
  auto reference = std::make_shared<const truth::Reference>(path);
  const std::string reason = study::difference(
      reference->origin(), {study::reference_inputs(study), study::ResultVersion::kReference, {}});
  if (!reason.empty()) {
    log.warn("unusable_reference", "evaluate: " + path + " is not used, " + reason);
    return nullptr;
  }
  const std::vector<bool> converged = reference->converged();
  const auto n =
      std::min<std::ptrdiff_t>(study.sampling.measurements, static_cast<std::ptrdiff_t>(converged.size()));
  if (std::any_of(converged.begin(), converged.begin() + n, [](bool good) { return good; })) return reference;
  log.warn("unusable_reference", "evaluate: " + path + " is not used, none of its measurements converged");
  return nullptr;
}

base::PosteriorMoments closed_form_moments(const study::Study& study, const dataset::Dataset& dataset,
                                           const posterior::Posterior& posterior,
                                           const problem::Noise& noise) {
  const std::shared_ptr<const problem::Prior> prior = study.prior->make(dataset.unknowns());
  if (!has_closed_form(dataset, prior.get(), noise)) return unknown_moments(posterior);
  return truth::gaussian_posterior(prior->mean(), prior->covariance(), standard_response(dataset, noise),
                                   noise.standardised(posterior.measurement()), noise.level());
}

ExactAnswer exact_answer(const study::Study& study, const dataset::Dataset& dataset,
                         const posterior::Posterior& posterior, const problem::Noise& noise,
                         const std::shared_ptr<const truth::Reference>& reference) {
  const std::shared_ptr<const problem::Prior> prior = study.prior->make(dataset.unknowns());
  if (noise.has_likelihood() && reference) return from_reference(reference, posterior);
  if (noise.has_likelihood() && has_closed_form(dataset, prior.get(), noise))
    return from_closed_form(study, dataset, posterior, prior, noise);
  return {"", "", {[](Eigen::Index) { return false; }, {}}, unknown_moments(posterior)};
}

}  // namespace scorefem::report
