#include "pipeline/certificate/correction.h"

#include <torch/types.h>

#include <cmath>
#include <cstdio>
#include <limits>
#include <utility>

#include "diffusion/sampling/flow_density.h"
#include "diffusion/training/checkpoint.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/hdf5_file.h"
#include "pipeline/base/interrupt.h"
#include "pipeline/base/streams.h"
#include "pipeline/certificate/exact_posteriors.h"
#include "pipeline/certificate/latent_directions.h"
#include "pipeline/certificate/result_array.h"
#include "pipeline/dataset/tensor_copy.h"
#include "pipeline/study/load_study.h"
#include "pipeline/training/diffusion_errors.h"

namespace scorefem::certificate {

using solver::Matrix;
using solver::Vector;

namespace {

/// log N(narrow | regression on wide), up to a constant, fitted to the rows themselves.
Vector regression_density(const Matrix& wide, const Matrix& narrow) {
  if (narrow.cols() == 0) return Vector::Zero(wide.rows());
  Eigen::MatrixXd design(wide.rows(), wide.cols() + 1);
  design << Eigen::VectorXd::Ones(wide.rows()), wide;
  const Vector scale = (narrow.rowwise() - narrow.colwise().mean()).colwise().norm().cwiseMax(1e-300);
  const Eigen::MatrixXd scaled = narrow * scale.cwiseInverse().asDiagonal();
  const Eigen::MatrixXd rest = scaled - design * design.colPivHouseholderQr().solve(scaled);
  const auto n = static_cast<double>(wide.rows());
  const Eigen::MatrixXd covariance = rest.transpose() * rest / n;
  const Eigen::LLT<Eigen::MatrixXd> factor(
      covariance + 1e-9 * covariance.diagonal().maxCoeff() *
                       Eigen::MatrixXd::Identity(covariance.rows(), covariance.cols()));
  return -0.5 * factor.matrixL().solve(rest.transpose()).colwise().squaredNorm().transpose();
}

}  // namespace

Correction::Correction(const study::Study& study, const diffusion::Model& model,
                       const truth::StudyPosterior& posterior, const Inverted& inverted)
    : model_(model), posterior_(posterior), inverted_(inverted), prior_(study::make_prior(study)) {
  const LatentDirections directions = latent_directions(*prior_);
  wide_ = directions.wide * directions.wide_variance.cwiseSqrt().cwiseInverse().asDiagonal();
  narrow_ = directions.narrow;
}

Correction::Target Correction::target(const Matrix& latent, Eigen::Index row) const {
  const Matrix deviation = latent.rowwise() - prior_->mean().transpose();
  const Matrix clean = posterior_.observe(prior_->unknowns(latent));
  const problem::Measurements repeated = inverted_.measured.row(row).repeated(latent.rows());
  const Matrix residual = inverted_.noise->residuals(repeated, clean);
  Vector density = inverted_.noise->log_scale(repeated, clean) -
                   0.5 * ((deviation * wide_).rowwise().squaredNorm() + residual.rowwise().squaredNorm());
  for (double& value : density)
    if (!std::isfinite(value)) value = -std::numeric_limits<double>::infinity();
  Eigen::Index unsolved = 0;
  for (const auto& solution : clean.rowwise()) unsolved += solution.allFinite() ? 0 : 1;
  return {density, unsolved};
}

CorrectedPosterior Correction::correct(Eigen::Index row, std::int64_t n_samples, std::uint64_t seed) const {
  diffusion::DensityOptions options;
  options.steps = 8;  // what more of them change in log densities is nearly the same for all draws
  options.tick = [] { base::stop_if_interrupted("nothing is kept of measurements under way"); };
  const diffusion::DensitySamples drawn = diffusion::sample_with_density(
      model_, dataset::to_measurements(inverted_.seen.row(row), *inverted_.seen_noise, {}), n_samples, seed,
      row, options);
  const Matrix latent = dataset::to_matrix(drawn.learnt);
  const Vector learnt = dataset::to_matrix(drawn.log_density.unsqueeze(1)).col(0);
  const Matrix deviation = latent.rowwise() - prior_->mean().transpose();
  const Target found = target(latent, row);
  const Vector wanted = found.log_density + regression_density(deviation * wide_, deviation * narrow_);

  CorrectedPosterior result;
  result.unsolved = found.unsolved;
  result.weighted = prior_->unknowns(latent);
  if (wanted.maxCoeff() > -std::numeric_limits<double>::infinity()) {
    result.weights = smoothed_weights(wanted - learnt);
  } else {  // no draw is possible
    result.weights = {Vector::Constant(n_samples, 1 / static_cast<double>(n_samples)),
                      std::numeric_limits<double>::infinity(), 0};
  }
  const Vector& w = result.weights.weights;
  result.mean = result.weighted.transpose() * w;
  result.standard_deviation =
      ((result.weighted.rowwise() - result.mean.transpose()).array().square().matrix().transpose() * w)
          .cwiseSqrt();
  result.trustworthy = result.weights.khat < kLargestKhat &&
                       static_cast<double>(result.unsolved) <= kMostUnsolved * static_cast<double>(n_samples);
  if (result.trustworthy) {
    double offset = 0;
    diffusion::CounterRandom(seed, base::streams::resampling)
        .uniforms(static_cast<std::uint64_t>(row), &offset, 1);
    result.samples = result.weighted(resampled(w, offset), Eigen::all);
  }
  return result;
}

void require_weights(const study::Study& study, const problem::Noise& noise) {
  require_likelihood(study, noise);
  require_density(study, *study::make_prior(study), "--correct");
  const Eigen::Index fewest = 10 * study.forward->unknowns().size();
  if (study.sampling.samples >= fewest) return;
  throw base::InputError("sampling.samples = " + std::to_string(study.sampling.samples) +
                         "; expected at least " + std::to_string(fewest) +
                         ", ten for each unknown, for --correct");
}

std::vector<CorrectedPosterior> corrected_posteriors(const study::Study& study,
                                                     const training::TrainedModel& model,
                                                     std::optional<Matrix> response, const Inverted& inverted,
                                                     std::uint64_t seed, base::RunLog& log) {
  require_weights(study, *inverted.noise);
  const truth::StudyPosterior posterior(study, std::move(response), inverted.noise, [](long) {
    base::stop_if_interrupted("nothing is kept of measurements under way");
  });
  const auto network = model.network(study.training.device);
  const Correction correction(study, *network, posterior, inverted);
  base::Progress progress(log, "correct", "measurements");
  std::vector<CorrectedPosterior> corrected;
  for (Eigen::Index i = 0; i < inverted.seen.rows(); ++i) {
    corrected.push_back(training::with_input_errors(
        "infer --correct", [&] { return correction.correct(i, study.sampling.samples, seed); }));
    progress.update(i + 1, inverted.seen.rows());
  }
  return corrected;
}

std::string verdict(const CorrectedPosterior& corrected) {
  char text[160];
  std::snprintf(text, sizeof text, "corrected: %.0f effective draws of %ld, k-hat %.2f: %s",
                corrected.weights.effective, static_cast<long>(corrected.weighted.rows()),
                corrected.weights.khat, corrected.trustworthy ? "trustworthy" : "NOT TO BE TRUSTED");
  if (corrected.unsolved == 0) return text;
  return text + (", " + std::to_string(corrected.unsolved)) +
         " draws have no solution and count as impossible";
}

std::vector<Eigen::Index> resampled(const Vector& weights, double offset) {
  const Eigen::Index n = weights.size();
  std::vector<Eigen::Index> chosen;
  Eigen::Index at = 0;
  const double total = weights.sum();
  double sum = weights(0);
  for (Eigen::Index i = 0; i < n; ++i) {
    const double level = (static_cast<double>(i) + offset) / static_cast<double>(n) * total;
    while (sum < level && at + 1 < n) sum += weights(++at);
    chosen.push_back(at);
  }
  return chosen;
}

void write_corrected(const std::string& path, const std::vector<CorrectedPosterior>& corrected) {
  const auto n = static_cast<Eigen::Index>(corrected.size());
  const Eigen::Index n_samples = corrected.front().weighted.rows(), d = corrected.front().weighted.cols();
  Matrix mean(n, d), sd(n, d), weights(n, n_samples), khat(n, 1), effective(n, 1), trustworthy(n, 1),
      unsolved(n, 1);
  base::Hdf5File file = base::Hdf5File::open(path, base::Hdf5File::Access::write);
  file.create_group("/corrected");
  const base::Hdf5File::Extents extents = {static_cast<hsize_t>(n), static_cast<hsize_t>(n_samples),
                                           static_cast<hsize_t>(d)};
  for (const char* name : {"/corrected/samples", "/corrected/weighted"}) {
    file.create_array(name, extents);
    file.set_attribute(name, "unit", std::string("of each unknown, see /unknowns/unit"));
    file.set_attribute(name, "axes", std::string("measurement, sample, unknown"));
  }
  for (Eigen::Index i = 0; i < n; ++i) {
    const CorrectedPosterior& of = corrected[static_cast<std::size_t>(i)];
    const Matrix samples =
        of.trustworthy ? of.samples
                       : Matrix(Matrix::Constant(n_samples, d, std::numeric_limits<double>::quiet_NaN()));
    file.write_rows("/corrected/samples", static_cast<hsize_t>(i), 1, samples.data());
    file.write_rows("/corrected/weighted", static_cast<hsize_t>(i), 1, of.weighted.data());
    mean.row(i) = of.mean;
    sd.row(i) = of.standard_deviation;
    weights.row(i) = of.weights.weights;
    khat(i, 0) = of.weights.khat;
    effective(i, 0) = of.weights.effective;
    trustworthy(i, 0) = of.trustworthy ? 1 : 0;
    unsolved(i, 0) = static_cast<double>(of.unsolved);
  }
  const std::string unit = "of each unknown, see /unknowns/unit";
  write_result(file, "/corrected/mean", mean, unit, "measurement, unknown");
  write_result(file, "/corrected/standard_deviation", sd, unit, "measurement, unknown");
  write_result(file, "/corrected/weights", weights, "1", "measurement, sample");
  write_result(file, "/corrected/khat", khat, "1", "measurement");
  write_result(file, "/corrected/effective_draws", effective, "1", "measurement");
  write_result(file, "/corrected/trustworthy", trustworthy, "1", "measurement");
  write_result(file, "/corrected/unsolved", unsolved, "1", "measurement");
  file.close();
}

}  // namespace scorefem::certificate
