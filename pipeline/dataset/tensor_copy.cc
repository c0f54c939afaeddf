#include "pipeline/dataset/tensor_copy.h"

#include <torch/torch.h>

#include <limits>

namespace scorefem::dataset {

torch::Tensor to_tensor(const solver::Matrix& matrix) {
  // from_blob wants a mutable pointer; the copy is made before anyone can write.
  return torch::from_blob(const_cast<double*>(matrix.data()), {matrix.rows(), matrix.cols()}, torch::kFloat64)
      .clone();
}

solver::Matrix to_matrix(const torch::Tensor& tensor) {
  const torch::Tensor values = tensor.to(torch::kCPU, torch::kFloat64).contiguous();
  return Eigen::Map<const solver::Matrix>(values.data_ptr<double>(), values.size(0), values.size(1));
}

diffusion::Pairs to_pairs(const SampleBlock& block) {
  const SampleBlock solved = block.finite();
  return {to_tensor(solved.flux), to_tensor(solved.concentration), to_tensor(solved.noise),
          to_tensor(solved.mask)};
}

solver::Matrix noisy_measurements(const SampleBlock& block, double noise_std) {
  const solver::Matrix noisy = block.concentration + noise_std * block.noise;
  return (block.mask.array() > 0).select(noisy, std::numeric_limits<double>::quiet_NaN());
}

diffusion::Measurements to_measurements(const solver::Matrix& values, double noise_std) {
  const solver::Matrix mask = (values.array() == values.array()).cast<double>();
  return {to_tensor(values), to_tensor(mask), torch::full({values.rows()}, noise_std, torch::kFloat64)};
}

}  // namespace scorefem::dataset
