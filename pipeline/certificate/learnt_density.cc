#include "pipeline/certificate/learnt_density.h"

#include <torch/torch.h>

#include <cmath>

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

Matrix learnt_log_density(const study::Study& study, const diffusion::Model& model,
                          const problem::Measurements& measurement, const problem::Noise& noise,
                          const dataset::ObservationEncoding& encoding,
                          const dataset::NetworkCoordinates& coordinates, const Matrix& unknowns) {
  const auto prior = study::make_prior(study);
  if (prior) require_density(study, *prior, "--density");
  Matrix learnt = coordinates.of(unknowns);
  Vector log_slope = Vector::Zero(unknowns.rows());  // log of d coordinate / d unknown, summed
  for (std::size_t j = 0; j < coordinates.marginals.size(); ++j) {
    const auto column = static_cast<Eigen::Index>(j);
    for (Eigen::Index i = 0; i < unknowns.rows(); ++i) {
      // The unknown's density, were its coordinate a standard normal number, is that number's times the
      // slope.
      const double v = learnt(i, column), density = coordinates.marginals[j].log_density(unknowns(i, column));
      if (!std::isfinite(density)) {
        throw base::InputError("row " + std::to_string(i + 1) + ", " +
                               study.forward->unknowns()[column].name + " = " +
                               std::to_string(unknowns(i, column)) + "; expected a value within its bounds");
      }
      log_slope(i) += density + 0.5 * v * v + kLogRootTwoPi;
    }
  }
  if (prior) learnt = projected(*prior, learnt);
  diffusion::DensityOptions options;
  options.tick = [] { base::stop_if_interrupted("nothing is kept of densities under way"); };
  const torch::Tensor vectors = dataset::to_tensor(learnt);
  Matrix result(measurement.rows(), unknowns.rows());
  for (Eigen::Index i = 0; i < measurement.rows(); ++i) {
    const torch::Tensor density = diffusion::log_density(
        model, dataset::to_measurements(measurement.row(i), noise, encoding), vectors, options);
    result.row(i) = dataset::to_matrix(density.unsqueeze(0)).row(0) + log_slope.transpose();
  }
  return result;
}

void write_densities(const std::string& path, const Matrix& unknowns, const Matrix& density) {
  base::Hdf5File file = base::Hdf5File::open(path, base::Hdf5File::Access::write);
  file.create_group("/density");
  write_result(file, "/density/unknowns", unknowns, "of each unknown, see /unknowns/unit", "vector, unknown");
  write_result(file, "/density/log_density", density, "1", "measurement, vector");
  file.close();
}

}  // namespace scorefem::certificate
