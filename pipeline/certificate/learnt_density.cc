#include "pipeline/certificate/learnt_density.h"

#include <torch/types.h>

#include <cmath>
#include <utility>

#include "diffusion/sampling/flow_density.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/hdf5_file.h"
#include "pipeline/base/interrupt.h"
#include "pipeline/certificate/latent_directions.h"
#include "pipeline/certificate/result_array.h"
#include "pipeline/dataset/tensor_copy.h"
#include "pipeline/study/load_study.h"

namespace scorefem::certificate {

using solver::Matrix;
using solver::Vector;

namespace {

constexpr double kLogRootTwoPi = 0.918938533204672741780;

/// Without what the prior hardly varies in.
Matrix projected(const problem::Prior& prior, const Matrix& latent) {
  const LatentDirections directions = latent_directions(prior);
  if (directions.narrow.cols() == 0) return latent;
  const Matrix& wide = directions.wide;
  return ((latent.rowwise() - prior.mean().transpose()) * wide * wide.transpose()).rowwise() +
         prior.mean().transpose();
}

}  // namespace

DensityQuestion DensityQuestion::of(const study::Study& study, const dataset::NetworkCoordinates& coordinates,
                                    Matrix unknowns, const std::string& path) {
  const auto prior = study::make_prior(study);
  if (prior) require_density(study, *prior, "--density");
  Matrix learnt = coordinates.of(unknowns);
  Vector log_slope = Vector::Zero(unknowns.rows());
  for (std::size_t j = 0; j < coordinates.marginals.size(); ++j) {
    const auto column = static_cast<Eigen::Index>(j);
    for (Eigen::Index i = 0; i < unknowns.rows(); ++i) {
      // The unknown's density, were its coordinate a standard normal number, is that number's times the
      // slope.
      const double v = learnt(i, column), density = coordinates.marginals[j].log_density(unknowns(i, column));
      if (!std::isfinite(density)) {
        throw base::InputError(path + ": row " + std::to_string(i + 1) + ", " +
                               study.forward->unknowns()[column].name + " = " +
                               std::to_string(unknowns(i, column)) + "; expected a value within its bounds");
      }
      log_slope(i) += density + 0.5 * v * v + kLogRootTwoPi;
    }
  }
  if (prior) learnt = projected(*prior, learnt);
  return {std::move(unknowns), std::move(learnt), std::move(log_slope)};
}

LearntDensity learnt_log_density(const diffusion::Model& model, const problem::Measurements& measurement,
                                 const problem::Noise& noise, const dataset::ObservationEncoding& encoding,
                                 const DensityQuestion& question) {
  diffusion::DensityOptions options;
  options.tick = [] { base::stop_if_interrupted("nothing is kept of densities under way"); };
  const torch::Tensor vectors = dataset::to_tensor(question.learnt);
  LearntDensity result{Matrix(measurement.rows(), question.unknowns.rows()), {}};
  for (Eigen::Index i = 0; i < measurement.rows(); ++i) {
    const diffusion::VectorDensities found = diffusion::log_density(
        model, dataset::to_measurements(measurement.row(i), noise, encoding), vectors, options);
    result.log_density.row(i) =
        dataset::to_matrix(found.log_density.unsqueeze(0)).row(0) + question.log_slope.transpose();
    if (!found.converged) result.inexact.push_back(i);
  }
  return result;
}

void write_densities(const std::string& path, const Matrix& unknowns, const LearntDensity& density) {
  base::Hdf5File file = base::Hdf5File::open(path, base::Hdf5File::Access::write);
  file.create_group("/density");
  write_result(file, "/density/unknowns", unknowns, "of each unknown, see /unknowns/unit", "vector, unknown");
  write_result(file, "/density/log_density", density.log_density, "1", "measurement, vector");
  Matrix converged = Matrix::Ones(density.log_density.rows(), 1);
  for (const Eigen::Index i : density.inexact) converged(i, 0) = 0;
  write_result(file, "/density/converged", converged, "1", "measurement");
  file.close();
}

}  // namespace scorefem::certificate
