#include "diffusion/model/unclipped_conditional.h"

#include <ATen/Parallel.h>
#include <torch/types.h>

#include <Eigen/Eigenvalues>
#include <vector>

#include "diffusion/numerics/solve_positive.h"

namespace scorefem::diffusion {

namespace {

using Index = Eigen::Index;
using View = Eigen::Map<RowMatrix>;
using ConstView = Eigen::Map<const RowMatrix>;

ConstView view(const torch::Tensor& x) {
  return {x.data_ptr<double>(), x.size(0), x.size(1)};
}

/// Matrix `i` of a stack.
View view(const torch::Tensor& stack, std::int64_t i) {
  return {stack.data_ptr<double>() + i * stack.size(1) * stack.size(2), stack.size(1), stack.size(2)};
}

std::vector<Index> sensors_on(const double* mask, Index m) {
  std::vector<Index> on;
  for (Index i = 0; i < m; ++i)
    if (mask[i] != 0.0) on.push_back(i);
  return on;
}

}  // namespace

ClippedResponse ClippedResponse::of(const PairRows& pairs) {
  const torch::Tensor &inferred = pairs.pairs().inferred, &measured = pairs.pairs().measured;
  const auto clipped = [](const torch::Tensor& block) { return block.clamp_min(0.0); };
  const torch::Tensor mean = pairs.mean(inferred, clipped), mean_measured = pairs.mean(measured);
  const std::int64_t n = pairs.size(), d = inferred.size(1), m = measured.size(1);
  const auto blocks = [&](const auto& work) {  // work(clipped less its mean, measured less its mean)
    for_each_block(n, d + m, [&](std::int64_t begin, std::int64_t rows) {
      work((pairs.part(inferred, begin, rows).clamp_min(0.0) - mean).contiguous(),
           (pairs.part(measured, begin, rows) - mean_measured).contiguous());
    });
  };
  RowMatrix square = RowMatrix::Zero(d, d), cross = RowMatrix::Zero(d, m);
  blocks([&](const torch::Tensor& from, const torch::Tensor& to) {
    const ConstView a = view(from), b = view(to);
    square += a.transpose() * a;
    cross += a.transpose() * b;
  });
  ClippedResponse response{torch::Tensor(), torch::empty({d, m}, torch::kFloat64),
                           torch::zeros({m, m}, torch::kFloat64)};
  View(response.matrix.data_ptr<double>(), d, m) = solve_positive(square, cross);
  response.offset = mean_measured - mean.matmul(response.matrix);
  blocks([&](const torch::Tensor& from, const torch::Tensor& to) {
    const torch::Tensor rest = to - from.matmul(response.matrix);
    response.residual += rest.t().matmul(rest);
  });
  response.residual /= static_cast<double>(n);
  return response;
}

UnclippedConditional UnclippedConditional::of(const JointMoments& moments, const ClippedResponse& response,
                                              const GaussianConditional& conditional,
                                              const torch::Tensor& mask, const torch::Tensor& noise_std) {
  // Relative to C: what float32 can tell from 0, and more than C0 can be but for rounding.
  constexpr double kSmallestVariance = 1e-8, kLargestVariance = 1e2;
  const std::int64_t n = mask.size(0), d = moments.mean_inferred.size(0), m = moments.mean_measured.size(0);
  const torch::Tensor on_tensor = mask.to(torch::kFloat64).contiguous();
  const torch::Tensor noise_tensor = noise_std.to(torch::kFloat64).contiguous();
  const torch::Tensor matrix = response.matrix.contiguous();
  const torch::Tensor prior_tensor = moments.covariance.narrow(0, 0, d).narrow(1, 0, d).contiguous();
  const ConstView prior = view(prior_tensor);
  const torch::Tensor cross_tensor = matrix.t().matmul(prior_tensor).contiguous();  // [m, d]
  const torch::Tensor measured_tensor = (cross_tensor.matmul(matrix) + response.residual).contiguous();
  const ConstView cross = view(cross_tensor), measured = view(measured_tensor);

  const auto empty = [&] { return torch::empty({n, d, d}, torch::kFloat64); };
  UnclippedConditional result{torch::zeros({n, m, d}, torch::kFloat64), empty(), empty(),
                              torch::empty({n, d}, torch::kFloat64), torch::empty({n, d}, torch::kFloat64)};
  at::parallel_for(0, n, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t c = begin; c < end; ++c) {
      const double noise = noise_tensor.data_ptr<double>()[c];
      const std::vector<Index> on = sensors_on(on_tensor.data_ptr<double>() + c * m, m);
      RowMatrix noisy = measured(on, on);
      noisy.diagonal().array() += noise * noise;
      const RowMatrix of_on = cross(on, Eigen::all);
      const RowMatrix gain = solve_positive(noisy, of_on);
      view(result.gain, c)(on, Eigen::all) = gain;
      const RowMatrix covariance = prior - of_on.transpose() * gain;
      Eigen::Map<Eigen::VectorXd>(result.stddev.data_ptr<double>() + c * d, d) =
          covariance.diagonal().cwiseMax(0.0).cwiseSqrt();
      const View inverse_root = view(conditional.inverse_root, c);
      const RowMatrix relative = inverse_root * covariance * inverse_root;
      const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(0.5 * (relative + relative.transpose()));
      view(result.rotation, c) = eigen.eigenvectors();
      view(result.whitened, c) = inverse_root * eigen.eigenvectors();
      Eigen::Map<Eigen::VectorXd>(result.variance.data_ptr<double>() + c * d, d) =
          eigen.eigenvalues().cwiseMax(kSmallestVariance).cwiseMin(kLargestVariance);
    }
  });
  return result;
}

}  // namespace scorefem::diffusion
