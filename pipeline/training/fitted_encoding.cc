#include "pipeline/training/fitted_encoding.h"

#include <algorithm>

#include "pipeline/dataset/network_coordinates.h"
#include "pipeline/dataset/tensor_copy.h"
#include "pipeline/training/linear_regression.h"

namespace scorefem::training {
namespace {

using dataset::ObservationCurve;
using dataset::ObservationEncoding;

/// Logarithm of the product of what a regression leaves over, relative to what there is of each unknown.
double unexplained(const dataset::SampleBlock& block, const problem::Noise& noise,
                   const ObservationEncoding& encoding) {
  constexpr double kLeast = 1e-12;  // below are rounding errors
  const RegressionWidths widths = regression_widths(dataset::to_pairs(block, noise, encoding));
  return widths.left_over.cwiseQuotient(widths.all).cwiseMax(kLeast).array().log().sum();
}

}  // namespace

ObservationEncoding fitted_encoding(const study::Study& study, const dataset::Dataset& dataset,
                                    const problem::Noise& noise) {
  constexpr Eigen::Index kRows = 20000;
  const ObservationEncoding plain = dataset::observation_encoding(study, dataset);
  // Masks that are drawn anew for every batch know no encoding.
  if (!noise.is_unknown() || study.model.masked) return plain;
  const Eigen::Index n = std::min(kRows, dataset.shape().rows[dataset::Split::train]);
  if (n < 2) return plain;
  dataset::SampleBlock block = dataset.read(dataset::Split::train, 0, n);
  std::vector<ObservationCurve> curves = dataset::straightest_curves(dataset::measurements(block, noise));
  if (std::none_of(curves.begin(), curves.end(), [](const auto& curve) { return curve.bends(); }))
    return plain;
  block.unknowns = dataset::network_coordinates(study, dataset.unknowns()).of(block.unknowns);
  const ObservationEncoding curved = plain.by(std::move(curves));
  return unexplained(block, noise, curved) < unexplained(block, noise, plain) ? curved : plain;
}

}  // namespace scorefem::training
