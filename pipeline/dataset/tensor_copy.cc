#include "pipeline/dataset/tensor_copy.h"

#include <torch/torch.h>

#include <limits>

namespace scorefem::dataset {

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

Matrix measurements(const SampleBlock& block, const problem::Noise& noise) {
  const Matrix noisy = noise.measure(block.observations, block.noise);
  return (block.mask.array() > 0).select(noisy, std::numeric_limits<double>::quiet_NaN());
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

Matrix seen_values(const Matrix& values, const problem::Noise& noise, const ObservationEncoding& encoding) {
  return encoding.encodes() ? encoding.of(values, noise) : noise.standardise(values);
}

diffusion::Measurements to_measurements(const Matrix& values, const problem::Noise& noise,
                                        const ObservationEncoding& encoding) {
  return to_measurements(seen_values(values, noise, encoding), added_level(noise, encoding));
}

diffusion::Measurements to_measurements(const Matrix& values, double level) {
  const Matrix mask = (values.array() == values.array()).cast<double>();
  return {to_tensor(values), to_tensor(mask), torch::full({values.rows()}, level, torch::kFloat64)};
}

}  // namespace scorefem::dataset
