#include "pipeline/dataset/discretisation.h"

#include <cmath>
#include <cstdio>

#include "pipeline/dataset/resolved_noise.h"

namespace scorefem::dataset {
namespace {

/// How far the noise's likelihood is moved if a sample's largest observation is wrong by the error: of the
/// sample where that is the least, as the file does not say which one has the error.
std::optional<double> in_noise(double relative, const Dataset& dataset, const problem::Noise& noise) {
  const solver::Matrix clean =
      dataset.read(Split::test, 0, dataset.discretisation_error_samples()).finite().observations;
  if (!noise.has_likelihood() || clean.rows() == 0) return std::nullopt;
  solver::Matrix wrong = clean;
  for (Eigen::Index i = 0; i < clean.rows(); ++i) {
    Eigen::Index largest = 0;
    clean.row(i).cwiseAbs().maxCoeff(&largest);
    wrong(i, largest) *= 1 + relative;
  }
  const problem::Mask there = problem::Mask::Constant(clean.rows(), clean.cols(), true);
  return noise.residuals({wrong, there}, clean).rowwise().norm().minCoeff();
}

}  // namespace

std::optional<std::string> discretisation_warning(const study::Study& study, const Dataset& dataset) {
  constexpr double kLargeInNoise = 0.1, kLarge = 0.01;
  if (!dataset.noise_unit() || dataset.discretisation_error_samples() == 0) return std::nullopt;
  const double relative = dataset.discretisation_error();
  if (std::isnan(relative)) return std::nullopt;
  const std::optional<double> noise_sd = in_noise(relative, dataset, *resolve_noise(study, dataset).noise);
  if (noise_sd ? *noise_sd <= kLargeInNoise : relative <= kLarge) return std::nullopt;
  char size[128];
  if (noise_sd) {
    std::snprintf(size, sizeof size,
                  "%.2g of a sample's largest observation, %.2g standard deviations of the noise", relative,
                  *noise_sd);
  } else {
    std::snprintf(size, sizeof size, "%.2g of a sample's largest observation", relative);
  }
  const std::string keys = study.forward->accuracy_keys();
  return std::string("the discretisation's error is ") + size +
         "; every posterior, the exact one too, is that of this wrong model: expected a finer "
         "discretisation" +
         (keys.empty() ? "" : " (" + keys + "; `scorefem convergence` shows what it takes)");
}

}  // namespace scorefem::dataset
