#include "pipeline/tensor_view.h"

#include <torch/torch.h>

#include <algorithm>
#include <limits>
#include <sstream>

#include "pipeline/fingerprint.h"

namespace scorefem {

torch::Tensor to_tensor(const solver::Matrix& matrix) {
  // from_blob wants a mutable pointer; the copy is made before anyone can write.
  return torch::from_blob(const_cast<double*>(matrix.data()), {matrix.rows(), matrix.cols()}, torch::kFloat64)
      .clone();
}

solver::Matrix to_matrix(const torch::Tensor& tensor) {
  const torch::Tensor values = tensor.to(torch::kCPU, torch::kFloat64).contiguous();
  return Eigen::Map<const solver::Matrix>(values.data_ptr<double>(), values.size(0), values.size(1));
}

diffusion::Pairs read_training_pairs(const Dataset& dataset,
                                     const std::function<void(RowRange rows, SampleBlock& block)>& adjust) {
  constexpr Eigen::Index kBlockRows = 10000;
  const Eigen::Index n = dataset.shape().rows[Split::train];
  const auto matrix = [&](Eigen::Index columns) { return torch::empty({n, columns}, torch::kFloat64); };
  const Eigen::Index n_segments = dataset.shape().n_segments, n_sensors = dataset.shape().n_sensors;
  diffusion::Pairs pairs{matrix(n_segments), matrix(n_sensors), matrix(n_sensors), matrix(n_sensors)};
  std::int64_t n_solved = 0;
  std::ostringstream identity;
  for (Eigen::Index first = 0; first < n; first += kBlockRows) {
    const RowRange rows{first, std::min(first + kBlockRows, n)};
    SampleBlock block = dataset.read(Split::train, first, rows.size());
    const auto parts = [](const SampleBlock& of) {
      return diffusion::Pairs{to_tensor(of.flux), to_tensor(of.concentration), to_tensor(of.noise),
                              to_tensor(of.mask)};
    };
    identity << parts(block).fingerprint() << '\n';
    if (adjust) adjust(rows, block);
    const diffusion::Pairs solved = parts(block.finite());
    const auto add = [&](torch::Tensor& all, const torch::Tensor& part) {
      all.narrow(0, n_solved, part.size(0)).copy_(part);
    };
    add(pairs.inferred, solved.inferred);
    add(pairs.measured, solved.measured);
    add(pairs.noise, solved.noise);
    add(pairs.mask, solved.mask);
    n_solved += solved.size();
  }
  for (torch::Tensor* tensor : {&pairs.inferred, &pairs.measured, &pairs.noise, &pairs.mask})
    *tensor = tensor->narrow(0, 0, n_solved);
  pairs.identity = text_fingerprint(identity.str());
  return pairs;
}

solver::Matrix noisy_measurements(const SampleBlock& block, double noise_std) {
  const solver::Matrix noisy = block.concentration + noise_std * block.noise;
  return (block.mask.array() > 0).select(noisy, std::numeric_limits<double>::quiet_NaN());
}

diffusion::Measurements to_measurements(const solver::Matrix& values, double noise_std) {
  const solver::Matrix mask = (values.array() == values.array()).cast<double>();
  return {to_tensor(values), to_tensor(mask), torch::full({values.rows()}, noise_std, torch::kFloat64)};
}

}  // namespace scorefem
