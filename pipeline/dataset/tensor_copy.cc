#include "pipeline/dataset/tensor_copy.h"

#include <torch/types.h>

namespace scorefem::dataset {

using problem::Measurements;
using solver::Matrix;

torch::Tensor to_tensor(const Matrix& matrix) {
  // from_blob wants a mutable pointer; the copy is made before anyone can write.
  return torch::from_blob(const_cast<double*>(matrix.data()), {matrix.rows(), matrix.cols()}, torch::kFloat64)
      .clone();
}

Matrix to_matrix(const torch::Tensor& tensor) {
  const torch::Tensor values = tensor.to(torch::kCPU, torch::kFloat64).contiguous();
  return Eigen::Map<const Matrix>(values.data_ptr<double>(), values.size(0), values.size(1));
}

Measurements measurements(const SampleBlock& block, const problem::Noise& noise) {
  return {noise.measure(block.observations, block.noise), block.mask.array() > 0};
}

diffusion::Pairs to_pairs(const SampleBlock& block, const problem::Noise& noise,
                          const ObservationEncoding& encoding) {
  const SampleBlock solved = block.finite();
  if (encoding.encodes()) {
    const torch::Tensor seen = to_tensor(encoding.of(measurements(solved, noise), noise));
    return {to_tensor(solved.unknowns), seen, torch::zeros_like(seen), torch::ones_like(seen)};
  }
  const Matrix seen =
      noise.is_additive() ? solved.observations : noise.measure(solved.observations, solved.noise);
  return {to_tensor(solved.unknowns), to_tensor(noise.standardise(seen)), to_tensor(solved.noise),
          to_tensor(solved.mask)};
}

double added_level(const problem::Noise& noise, const ObservationEncoding& encoding) {
  return noise.is_additive() && !encoding.encodes() ? noise.level() : 0;
}

Measurements seen_values(const Measurements& measurements, const problem::Noise& noise,
                         const ObservationEncoding& encoding) {
  return encoding.encodes() ? Measurements(encoding.of(measurements, noise))
                            : noise.standardised(measurements);
}

diffusion::Measurements to_measurements(const Measurements& measurements, const problem::Noise& noise,
                                        const ObservationEncoding& encoding) {
  return to_measurements(seen_values(measurements, noise, encoding), added_level(noise, encoding));
}

diffusion::Measurements to_measurements(const Measurements& seen, double level) {
  return {to_tensor(seen.values()), to_tensor(seen.there().cast<double>()),
          torch::full({seen.rows()}, level, torch::kFloat64)};
}

}  // namespace scorefem::dataset
